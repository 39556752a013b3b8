// The command line: talks to a running server over HTTP, and only over HTTP.
import { CommanderError } from 'commander'
import { ZodError } from 'zod'
import { addAgents } from './agents.ts'
import { type ChatOptions, chat } from './chat.ts'
import { type Commands, program } from './commands.ts'
import { addEvents } from './events.ts'
import { addSessions } from './sessions.ts'
import { exitCodes, Refusal, type Terminal } from './terminal.ts'

function addChat({ declare, act }: Commands): void {
  const declared = declare('chat', 'Say something in a new session (or in --session) and show the turn until it ends.')
    .argument('<text>')
    .option('--agent <agent>', 'id or name; without one, the harness alone')
    .option('--harness <harness>', 'id or name')
    .option('--model <model>', 'id or name')
    .option('--session <session>', 'go on with this session')
  act<ChatOptions>(declared, (run, options, text) => {
    const forNew = (['agent', 'harness'] as const).find((name) => options.session && options[name])
    if (forNew) throw new Refusal(`--${forNew} is for a new session; this one has its own.`)
    return chat(run, options, text)
  })
}

/**
 * Runs one command; `argv` begins with its name. Answers the exit code (exitCodes; `--help` lists them) and never throws:
 * what went wrong is one sentence on stderr.
 */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.done
  const { root, commands } = program(terminal, (ended) => {
    code = ended
  })
  for (const add of [addChat, addAgents, addSessions, addEvents]) add(commands)
  try {
    await root.parseAsync(argv, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    terminal.stderr.write(`${error instanceof ZodError ? unreadable(error) : messageOf(error)}\n`)
    return exitCodes.failed
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const unreadable = ({ issues: [first] }: ZodError): string =>
  `The server sent something this command cannot read (${first?.path.join('.')}: ${first?.message}).`
