// Readers by the thousand: what they cost while nothing happens, and how fast one event reaches all of them.
import { setTimeout as pause } from 'node:timers/promises'
import { defaultOrgId, fromWire, newId, toWire } from '../../src/contract/ids.ts'
import { type ReadersChild, startReadersChild } from '../children.ts'
import { type Figures, median, percentile } from '../figures.ts'
import { accounted, type Measured, type Repetition, repeated } from '../measure.ts'
import { memoryMbOf } from '../memory.ts'
import type { Stage } from '../stage.ts'
import { sessionsOn } from './turns.ts'

/** So many readers are allowed, and none is asked to come back while it is measured. */
export const forReaders = {
  SSE_GLOBAL_MAX: '20000',
  SSE_PER_ORG_MAX: '20000',
  SSE_PER_SESSION_MAX: '10000',
  SSE_REALTIME_CYCLE_SECS: '3600',
}

/** Opens a stream for each path, in processes of so many; resolves when all of them have begun. */
async function openReaders(stage: Stage, paths: readonly string[], perProcess: number): Promise<ReadersChild[]> {
  const { hostname, port } = new URL(stage.server.url)
  const children: ReadersChild[] = []
  for (let from = 0; from < paths.length; from += perProcess) {
    const child = await startReadersChild()
    const opened = new Promise<void>((resolve, reject) =>
      child.hear((message) => {
        if (message.is === 'open') resolve()
        if (message.is === 'failed') reject(new Error(message.why))
      }),
    )
    child.send({ do: 'open', host: hostname, port: Number(port), paths: paths.slice(from, from + perProcess) })
    await opened
    children.push(child)
  }
  stage.clients.push(...children.map(({ pid }) => pid))
  return children
}

/** New sessions like this one, without asking the API for each. */
async function copiesOf({ database, heads }: Stage, session: string, count: number): Promise<string[]> {
  const ids = await heads(count)
  await database.query(
    `insert into sessions select (jsonb_populate_record(s, jsonb_build_object('id', copy))).*
     from sessions s, unnest($1::uuid[]) copy where s.org_id = $2 and s.id = $3`,
    [ids, defaultOrgId, fromWire('session', session)],
  )
  return ids.map((id) => toWire('session', id))
}

const readersPerProcess = 2_500

/** Each reader watches a session of its own, in which nothing happens; once, because this does not depend on luck. */
export async function idleReaders(stage: Stage, repetition: Repetition): Promise<Measured> {
  const [count, seconds] = repetition.quick ? [500, 3] : [10_000, 30]
  const [session = ''] = await (await sessionsOn(stage))(1)
  const before = memoryMbOf(stage.server.pid)
  const sessions = await copiesOf(stage, session, count)
  const path = (id: string): string => `/v1/sessions/${id}/sse`
  const children = await openReaders(stage, sessions.map(path), readersPerProcess)
  await pause(repetition.quick ? 1_000 : 10_000)
  const measured = await repeated({ ...repetition, once: true }, async () => {
    const figures = await accounted(stage, seconds, () => pause(seconds * 1_000, {}))
    const memory = memoryMbOf(stage.server.pid)
    return {
      readers: count,
      server_cpu_percent_of_a_core: (figures.server_cpu_ms_per_unit ?? 0) / 10,
      server_memory_mb: memory,
      memory_kb_per_reader: ((memory - before) * 1024) / count,
      ...figures,
    }
  })
  await Promise.all(children.map((child) => child.stop()))
  return measured
}

const betweenMs = 50

/** When the first, the middle one and the last of the readers of one session have an event, from just before its writing. */
export async function fanOut(stage: Stage, repetition: Repetition): Promise<Measured> {
  const [readers, events] = repetition.quick ? [200, 20] : [1_000, 200]
  const [session = ''] = await (await sessionsOn(stage))(1)
  const sessionId = fromWire('session', session) ?? newId()
  const [child] = await openReaders(stage, Array(readers).fill(`/v1/sessions/${session}/sse`), readers)
  if (!child) throw new Error('there are no readers')
  let heard: (ms: number[]) => void = () => {}
  child.hear((message) => message.is === 'arrived' && heard(message.ms))
  const many = async (count: number): Promise<Figures> => {
    const all: number[][] = []
    for (let n = 0; n < count; n += 1) {
      const arrived = new Promise<number[]>((resolve) => {
        heard = resolve
      })
      stage.server.send({ do: 'write', sessionId })
      all.push(await arrived)
      await pause(betweenMs)
    }
    return spread(all)
  }
  await many(50)
  const measured = await repeated(repetition, () => accounted(stage, events, () => many(events)))
  await child.stop()
  return measured
}

function spread(all: readonly number[][]): Figures {
  const last = all.map((ms) => Math.max(...ms))
  return {
    first_p50_ms: median(all.map((ms) => Math.min(...ms))),
    median_p50_ms: median(all.map((ms) => median(ms))),
    last_p50_ms: median(last),
    last_p99_ms: percentile(last, 0.99),
  }
}
