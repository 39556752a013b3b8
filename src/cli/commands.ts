// What every command has in common: where the API is, how an answer is printed, how its end reaches the shell.
import { Command } from 'commander'
import { type Api, connect } from './api.ts'
import { exitCodes, type Terminal } from './terminal.ts'

export interface Run {
  api: Api
  terminal: Terminal
  json: boolean
  /** Aborts when nobody reads stdout any more. */
  gone: AbortSignal
  /** Prints the answer for whoever reads it: `value` as JSON with `--json`, else `text`. */
  answer(value: unknown, text: string): void
}

interface Shared {
  url?: string
  json?: boolean
}

/** `args` are the declared arguments. Answers the exit code, if it is another than 0. */
type Action<Options> = (run: Run, options: Options, ...args: string[]) => Promise<unknown>

export interface Commands {
  /** Declares a command. */
  declare(name: string, description: string): Command
  /** Gives it its action. `Options` is what its declaration says; commander cannot know. */
  act<Options>(command: Command, action: Action<Options>): Command
}

const codes = `
Exit codes:
  ${exitCodes.done}  done
  ${exitCodes.failed}  the turn failed, the request was refused, or no server answers
  ${exitCodes.cancelled}  the turn was cancelled, or Ctrl-C
  ${exitCodes.waiting}  the turn waits for something that this command cannot give

Environment:
  EVERRUNS_API_URL  where the API is, when --url does not say
  EVERRUNS_API_KEY  the key to show
  EVERRUNS_ORG_ID   the organisation to speak for`

/** The program around the commands; `ended` hears each command's exit code. */
export function program(terminal: Terminal, ended: (code: number) => void): { root: Command; commands: Commands } {
  const reader = new AbortController()
  terminal.stdout.on?.('error', () => reader.abort())
  const root = new Command('everruns')
    .description('Talk to an Everruns server.')
    .option('--url <url>', 'the API, for example http://127.0.0.1:9300/api')
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', codes)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.stdout.write(text), writeErr: (text) => terminal.stderr.write(text) })
  const commands: Commands = {
    declare: (name, description) => root.command(name).description(description).addHelpText('after', codes),
    act: <Options>(command: Command, action: Action<Options>) =>
      command.action(async (...given: unknown[]) => {
        // Commander hands over the declared arguments, the options and the command itself, in this order.
        const args = given.slice(0, -2) as string[]
        const { url, json = false } = command.optsWithGlobals<Shared>()
        const answer = (value: unknown, text: string) =>
          terminal.stdout.write(`${json ? JSON.stringify(value, null, 2) : text}\n`)
        const run: Run = { api: connect(url, terminal.env), terminal, json, gone: reader.signal, answer }
        const code = await action(run, command.opts<Options & object>(), ...args)
        ended(typeof code === 'number' ? code : exitCodes.done)
      }),
  }
  return { root, commands }
}
