// W3 and W4: what a client of the HTTP API sees: turns of an agent, and how fast a committed event reaches it.
import { setTimeout as pause } from 'node:timers/promises'
import { fromWire } from '../../src/contract/ids.ts'
import { type EventReader, post, readEvents } from '../client.ts'
import { type Figures, inParallel, latencies, median } from '../figures.ts'
import { lookupAgent, question } from '../lookup.ts'
import { accounted, type Measured, type Repetition, repeated } from '../measure.ts'
import { sharedClock } from '../messages.ts'
import type { Stage } from '../stage.ts'

interface Created {
  id: string
}

/** Creates sessions of one agent and answers their ids. */
export async function sessionsOn({ server }: Stage): Promise<(count: number) => Promise<string[]>> {
  const agent = await post<Created>(`${server.url}/v1/agents`, lookupAgent)
  return async (count) => {
    const ids: string[] = []
    await inParallel(count, 8, async () => {
      ids.push((await post<Created>(`${server.url}/v1/sessions`, { agent_id: agent.id })).id)
    })
    return ids
  }
}

export interface Turn {
  /** From sending the message to the frame that says the turn is over. */
  tookMs: number
  events: number
}

export const urlOf = ({ server }: Stage, session: string): string => `${server.url}/v1/sessions/${session}`

/** Asks and waits for the end, of which `events` tells. */
export async function ask(url: string, events: EventReader, n: number): Promise<Turn> {
  const [from, before] = [performance.now(), events.seen.frames]
  const completed = events.next('turn.completed')
  await Promise.all([completed, post(`${url}/messages`, question(n))])
  return { tookMs: performance.now() - from, events: events.seen.frames - before }
}

/** A user who looks at a session: its stream is open, nothing was asked yet. */
interface Watcher {
  url: string
  events: EventReader
}

const openingAtOnce = 16

async function watchers(stage: Stage, ids: string[]): Promise<Watcher[]> {
  const open: Watcher[] = []
  await inParallel(ids.length, openingAtOnce, async (n) => {
    const url = urlOf(stage, ids[n] ?? '')
    open.push({ url, events: await readEvents(`${url}/sse`) })
  })
  return open
}

async function askAll(open: Watcher[], atOnce: number): Promise<Turn[]> {
  const done: Turn[] = []
  await inParallel(open.length, atOnce, async (n) => {
    const watcher = open[n]
    if (watcher) done.push(await ask(watcher.url, watcher.events, n))
  })
  return done
}

/** W3: every turn in a session of its own, which exists and whose stream is open before. */
export async function turns(stage: Stage, repetition: Repetition, atOnce: number): Promise<Measured> {
  const sessions = await sessionsOn(stage)
  const count = repetition.quick ? 100 : atOnce > 1 ? 3_000 : 500
  const round = async <T>(size: number, body: (open: Watcher[]) => Promise<T>): Promise<T> => {
    const open = await watchers(stage, await sessions(size))
    try {
      return await body(open)
    } finally {
      for (const { events } of open) events.close()
    }
  }
  await round(count, (open) => askAll(open, atOnce))
  return repeated(repetition, () =>
    round(count, (open) =>
      accounted(stage, count, async () => {
        const from = performance.now()
        const done = await askAll(open, atOnce)
        const seconds = (performance.now() - from) / 1_000
        return {
          turns_per_s: count / seconds,
          ...latencies(done.map(({ tookMs }) => tookMs)),
          frames_per_turn: median(done.map(({ events }) => events)),
        }
      }),
    ),
  )
}

/** What a stream costs: opened on a session without events but its first, and closed. */
export async function openings(stage: Stage, repetition: Repetition): Promise<Measured> {
  const sessions = await sessionsOn(stage)
  const count = repetition.quick ? 100 : 2_000
  const open = async (ids: string[]): Promise<number[]> => {
    const took: number[] = []
    await inParallel(ids.length, openingAtOnce, async (n) => {
      const from = performance.now()
      const events = await readEvents(`${urlOf(stage, ids[n] ?? '')}/sse`)
      took.push(performance.now() - from)
      events.close()
    })
    return took
  }
  await open(await sessions(count))
  return repeated(repetition, async () => {
    const ids = await sessions(count)
    return accounted(stage, count, async () => latencies(await open(ids)))
  })
}

const betweenMs = 20

/** W4: from just before an event is written to its frame at the client of `readAt`, one event at a time. */
export async function stream(stage: Stage, repetition: Repetition, readAt = stage.server.url): Promise<Measured> {
  const [session = ''] = await (await sessionsOn(stage))(1)
  const sessionId = fromWire('session', session) ?? ''
  const events = await readEvents(`${readAt}/v1/sessions/${session}/sse`)
  const once = async (): Promise<number> => {
    const frame = events.next('tool.progress')
    stage.server.send({ do: 'write', sessionId })
    const text = await frame
    return sharedClock() - writtenAt(text)
  }
  const many = async (count: number): Promise<Figures> => {
    const took: number[] = []
    for (let n = 0; n < count; n += 1) {
      took.push(await once())
      await pause(betweenMs)
    }
    return latencies(took)
  }
  await many(50)
  const count = repetition.quick ? 100 : 400
  const measured = await repeated(repetition, () => accounted(stage, count, () => many(count)))
  events.close()
  return measured
}

/** The event's message is the time of its writing (server-process.ts). */
function writtenAt(frame: string): number {
  const data = frame.slice(frame.indexOf('\ndata: ') + 7)
  return Number((JSON.parse(data) as { data: { message: string } }).data.message)
}
