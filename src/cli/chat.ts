// `chat`: one message to a session, and the turn it starts until that turn ends.
import { randomUUID } from 'node:crypto'
import { eventId, toWire } from '../contract/ids.ts'
import type { Api } from './api.ts'
import type { Run } from './commands.ts'
import { type Ending, endingOf } from './endings.ts'
import { follow } from './follow.ts'
import { modelId } from './names.ts'
import { cancelTurn, type NewSession, openSession, sessionPath } from './sessions.ts'
import { exitCodes, Refusal } from './terminal.ts'
import { TurnPrinter } from './turn-printer.ts'
import { type Event, messageInLog } from './wire.ts'

export interface ChatOptions extends NewSession {
  /** Go on with this one. */
  session?: string
}

/** Answers the exit code. Throws a Refusal when the message could not be sent. */
export async function chat(run: Run, options: ChatOptions, text: string): Promise<number> {
  const { api, terminal } = run
  const { session: existing, model } = options
  const sessionId = existing ?? (await openSession(api, options)).id
  const sequence = await post(api, sessionId, text, existing && model ? await modelId(api, model) : undefined)
  const ending = await watch(run, sessionId, sequence)
  if (ending.says) terminal.stderr.write(`${ending.says}\n`)
  terminal.stderr.write(`\nGo on with:  npx everruns chat --session ${sessionId} "…"\n`)
  return ending.code
}

/** Answers the message's place in the log. The key lets the server recognise the message if it is sent twice. */
async function post(api: Api, sessionId: string, text: string, model: string | undefined): Promise<number> {
  const json = {
    message: { role: 'user', content: [{ type: 'text', text }] },
    ...(model ? { controls: { model_id: model } } : {}),
  }
  const path = `${sessionPath(sessionId)}/messages`
  const request = { method: 'POST', path, json, headers: { 'idempotency-key': randomUUID() } } as const
  const { sequence } = await api.ask(messageInLog, request).catch((error) => {
    // Whether it arrived is unknown, and with the same key it cannot arrive twice.
    if (error instanceof Refusal && error.passing) return api.ask(messageInLog, request)
    throw error
  })
  return sequence
}

/** Shows what happens from the message on, until its turn ends. */
async function watch({ api, terminal, json, gone }: Run, sessionId: string, sequence: number): Promise<Ending> {
  const printer = new TurnPrinter(terminal)
  const show = (event: Event): void => {
    if (json) terminal.stdout.write(`${JSON.stringify(event)}\n`)
    else printer.show(event)
  }
  const stop = new AbortController()
  const interrupted = cancelThenQuit(api, sessionId, stop, (line) => printer.note(line))
  terminal.on('SIGINT', interrupted)
  try {
    const since = toWire('event', eventId(sequence - 1))
    const lost = (sentence: string): void => printer.note(`${sentence} The turn is safe.`)
    for await (const event of follow(api, { sessionId, since, signal: AbortSignal.any([stop.signal, gone]), lost })) {
      show(event)
      const ending = endingOf(event)
      if (ending) return ending
    }
    return { code: exitCodes.cancelled, says: 'Stopped watching; the turn may still run.' }
  } finally {
    terminal.off('SIGINT', interrupted)
    stop.abort()
  }
}

/** Ctrl-C cancels the turn and waits for its end; a second one no longer waits. */
function cancelThenQuit(api: Api, sessionId: string, stop: AbortController, note: (line: string) => void): () => void {
  let asked = false
  return () => {
    if (asked) return stop.abort()
    asked = true
    note('Cancelling the turn; press Ctrl-C again to leave at once.')
    cancelTurn(api, sessionId).catch((error) => note(String(error.message)))
  }
}
