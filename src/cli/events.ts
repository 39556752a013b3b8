// `events`: a session's log, what happened and, with --follow, what happens.
import { eventId, toWire } from '../contract/ids.ts'
import type { Api } from './api.ts'
import type { Commands, Run } from './commands.ts'
import { follow } from './follow.ts'
import { sessionPath } from './sessions.ts'
import { excerpt } from './show.ts'
import { exitCodes } from './terminal.ts'
import { type Event, event, listOf, session } from './wire.ts'

interface Options {
  follow?: boolean
  since?: string
  types?: string[]
}

/** The server's largest page. */
const pageSize = 1_000

export function addEvents({ declare, act }: Commands): void {
  const events = declare('events', 'The events of a session, oldest first.').argument('<session>')
  act<Options>(events, show)
    .option('--follow', 'go on with what happens, until Ctrl-C')
    .option('--since <event>', 'only what came after this event: its id or its number')
    .option('--types <types>', 'only these, separated by commas', (text) => text.split(',').map((type) => type.trim()))
}

type Print = (one: Event) => void
interface Wanted {
  sessionId: string
  since?: string
  types?: string[]
}

async function show(run: Run, { follow: goOn, since: from, types }: Options, sessionId: string): Promise<number> {
  const since = from && /^\d+$/.test(from) ? toWire('event', eventId(Number(from))) : from
  const print: Print = (one) => run.terminal.stdout.write(`${run.json ? JSON.stringify(one) : line(one)}\n`)
  if (goOn) return watch(run, { sessionId, since, types }, print)
  await printStored(run.api, { sessionId, since, types }, print)
  return exitCodes.done
}

async function printStored(api: Api, { sessionId, since, types }: Wanted, print: Print): Promise<void> {
  for (let cursor = since; ; ) {
    const query = { since_id: cursor, types }
    const { data } = await api.ask(listOf(event), { path: `${sessionPath(sessionId)}/events`, query })
    for (const one of data) print(one)
    cursor = data.at(-1)?.id
    if (data.length < pageSize) return
  }
}

async function watch({ api, terminal, gone }: Run, wanted: Wanted, print: Print): Promise<number> {
  await api.ask(session, { path: sessionPath(wanted.sessionId) })
  const stop = new AbortController()
  const interrupted = (): void => stop.abort()
  const lost = (sentence: string): void => void terminal.stderr.write(`${sentence}\n`)
  terminal.on('SIGINT', interrupted)
  try {
    for await (const one of follow(api, { ...wanted, signal: AbortSignal.any([stop.signal, gone]), lost })) print(one)
    return exitCodes.cancelled
  } finally {
    terminal.off('SIGINT', interrupted)
  }
}

/** Number, time, type, and the start of what it says. */
const line = ({ sequence, ts, type, data }: Event): string =>
  `${String(sequence ?? '').padStart(5)}  ${ts.slice(11, 23)}  ${type.padEnd(24)}  ${excerpt(JSON.stringify(data), 100)}`
