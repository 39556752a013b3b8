// What a turn costs in a session with a long past, against one that has just begun.
import { fromWire } from '../../src/contract/ids.ts'
import { type EventReader, readEvents } from '../client.ts'
import { type Figures, latencies } from '../figures.ts'
import { accounted, type Measured, type Repetition, repeated } from '../measure.ts'
import type { Stage } from '../stage.ts'
import { ask, sessionsOn, urlOf } from './turns.ts'

interface Talk {
  url: string
  events: EventReader
}

const longPast = 10_000

/** Opens the session's stream and makes the first turn, so that worker and control plane know the session. */
async function begun(stage: Stage, session: string): Promise<Talk> {
  const url = urlOf(stage, session)
  const events = await readEvents(`${url}/sse`)
  await ask(url, events, 0)
  return { url, events }
}

/** Events that are no messages: the model is shown nothing of them. */
async function filled(stage: Stage, session: string, events: number): Promise<Talk> {
  const talk = await begun(stage, session)
  const all = talk.events.seen.frames + events
  stage.server.send({ do: 'fill', sessionId: fromWire('session', session) ?? '', events })
  while (talk.events.seen.frames < all) await talk.events.next('tool.progress')
  return talk
}

/** As many events, of turns: the model is shown all their messages. */
async function talked(stage: Stage, session: string, events: number): Promise<Talk> {
  const talk = await begun(stage, session)
  for (let n = 1; talk.events.seen.frames < events; n += 1) await ask(talk.url, talk.events, n)
  return talk
}

async function turnsIn(stage: Stage, talks: readonly Talk[]): Promise<Figures> {
  const took: number[] = []
  const figures = await accounted(stage, talks.length, async () => {
    for (const [n, { url, events }] of talks.entries()) took.push((await ask(url, events, n)).tookMs)
    return latencies(took)
  })
  return { ...figures, cpu_ms_per_turn: cpuOf(figures) }
}

const cpuOf = (figures: Figures): number =>
  ['server', 'worker', 'client', 'postgres'].reduce((sum, name) => sum + (figures[`${name}_cpu_ms_per_unit`] ?? 0), 0)

/** How many times as much as in the short session. */
function against(short: Measured, long: Measured): Measured {
  const times = (name: string): number => Number(((long.medians[name] ?? 0) / (short.medians[name] ?? 0)).toFixed(2))
  return { ...long, medians: { ...long.medians, times_short_cpu: times('cpu_ms_per_turn'), times_short_p50: times('p50_ms') } }
}

export async function longSessions(stage: Stage, repetition: Repetition): Promise<Measured[]> {
  const sessions = await sessionsOn(stage)
  const [turns, past] = repetition.quick ? [20, 1_000] : [100, longPast]
  const measure = async (name: string, talks: () => Promise<Talk[]>): Promise<Measured> =>
    repeated({ ...repetition, workload: `${repetition.workload} ${name}` }, async () => {
      const open = await talks()
      const figures = await turnsIn(stage, open)
      for (const { events } of new Set(open)) events.close()
      return figures
    })
  const oneLong = (past: (session: string) => Promise<Talk>) => async () => {
    const [session = ''] = await sessions(1)
    const talk = await past(session)
    return Array.from({ length: turns }, () => talk)
  }
  const fresh = async () => {
    const talks: Talk[] = []
    for (const session of await sessions(turns)) talks.push(await begun(stage, session))
    return talks
  }
  const short = await measure('short', fresh)
  const events = await measure(
    `${past} events`,
    oneLong((session) => filled(stage, session, past)),
  )
  const messages = await measure(
    `${past} events of turns`,
    oneLong((session) => talked(stage, session, past)),
  )
  return [short, against(short, events), against(short, messages)]
}
