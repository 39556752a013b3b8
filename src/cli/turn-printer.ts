// Shows a turn to a person: the answer on stdout, everything else as notes on stderr.
import { z } from 'zod'
import { callLine } from './call-line.ts'
import type { Terminal } from './terminal.ts'
import { type Event, message, textOf } from './wire.ts'

const delta = z.looseObject({ message_id: z.string(), accumulated: z.string() })
const completed = z.looseObject({ message, error_code: z.string().optional() })
const started = z.looseObject({ tool_call: z.looseObject({ id: z.string(), arguments: z.unknown() }) })

/** What has been written of the message that comes in right now. */
interface Shown {
  messageId: string
  execId: string | undefined
  text: string
}

/**
 * On a terminal the text is written as it comes; into a pipe or file each message is written once it is complete, so that
 * the output never holds the text of an attempt that died.
 */
export class TurnPrinter {
  readonly #out: Pick<Terminal, 'stdout' | 'stderr'>
  readonly #calls = new Map<string, unknown>()
  #shown: Shown | null = null
  /** The cursor stands behind text of the answer. */
  #inLine = false

  constructor(out: Pick<Terminal, 'stdout' | 'stderr'>) {
    this.#out = out
  }

  show(event: Event): void {
    if (event.type === 'output.message.delta') this.#piece(delta.parse(event.data), event.context.exec_id)
    else if (event.type === 'output.message.completed') this.#whole(completed.parse(event.data))
    else if (event.type === 'reason.recovered') this.#recovered(event.data.exec_id)
    else if (event.type === 'tool.started') this.#call(started.parse(event.data))
    else if (event.type === 'tool.completed') this.note(callLine(event.data, this.#calls))
  }

  /** A line for the person, on a line of its own. */
  note(line: string): void {
    this.#endLine()
    this.#out.stderr.write(`${line}\n`)
  }

  #call({ tool_call }: z.infer<typeof started>): void {
    this.#calls.set(tool_call.id, tool_call.arguments)
  }

  #piece({ message_id, accumulated }: z.infer<typeof delta>, execId: string | undefined): void {
    if (!this.#out.stdout.isTTY) return
    const isSame = this.#shown?.messageId === message_id && this.#shown.execId === execId
    if (!isSame) this.#endLine()
    this.#write(rest(accumulated, isSame ? this.#shown?.text : ''))
    this.#shown = { messageId: message_id, execId, text: accumulated }
  }

  #whole({ message, error_code }: z.infer<typeof completed>): void {
    const text = error_code === undefined ? textOf(message.content) : ''
    const isSame = this.#shown?.messageId === message.id
    if (!isSame) this.#endLine()
    this.#write(rest(text, isSame ? this.#shown?.text : ''))
    this.#endLine()
    this.#shown = null
  }

  /** The attempt with this id died: what it said is said again by another. */
  #recovered(execId: unknown): void {
    const dropped = this.#shown?.execId === execId ? this.#shown?.text : undefined
    this.note(
      dropped
        ? `↺ interrupted; the answer above from “${opening(dropped)}” does not count and is given again:`
        : '↺ interrupted; the step is made again',
    )
    if (dropped) this.#shown = null
  }

  #write(text: string): void {
    if (text === '') return
    this.#out.stdout.write(text)
    this.#inLine = !text.endsWith('\n')
  }

  #endLine(): void {
    if (this.#inLine) this.#out.stdout.write('\n')
    this.#inLine = false
  }
}

/** What is still to be written of a text that began with `before`; all of it, if it did not. */
const rest = (text: string, before = ''): string => (text.startsWith(before) ? text.slice(before.length) : text)

const opening = (text: string): string => {
  const [line = ''] = text.trimStart().split('\n')
  return line.length > 40 ? `${line.slice(0, 40)}…` : line
}
