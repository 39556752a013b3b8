// What a process needs is used up by others: every connection of PostgreSQL by a stranger, every file descriptor of a control plane by
// readers who do nothing. Who was there goes on, who comes is told to come back, and afterwards all is as before.
import { setTimeout as wait } from 'node:timers/promises'
import { beginCourse } from '../harness/course.ts'
import { Crowd } from '../harness/crowd.ts'
import { Postgres } from '../harness/postgres.ts'
import { type Request, startProbe } from '../harness/probe.ts'
import type { Random } from '../harness/random.ts'
import { fullTurn, turnMs } from '../harness/script.ts'
import { Stranger } from '../harness/stranger.ts'
import { World } from '../harness/world.ts'
import { rowViolations } from '../invariants/database.ts'
import type { Findings, Scenario } from './scenario.ts'

const maxConnections = 40
/** From the stranger's leaving, or the readers', to the next sign of life. */
const backMs = 6_000
/** So slow that the turn goes on while the readers come. */
const slowPieceMs = 120
/** A session has few readers: there are several sessions. */
const perSession = 10

interface Size {
  repeats: number
  /** How long the stranger stays. */
  takenMs: number
  /** More readers than descriptors; loading the compiled product takes over 256 of them for a moment. */
  descriptors: number
  readers: number
}
const sizes: Record<'short' | 'long', Size> = {
  short: { repeats: 1, takenMs: 2_000, descriptors: 384, readers: 450 },
  long: { repeats: 5, takenMs: 10_000, descriptors: 384, readers: 550 },
}
const patientMs = 60_000

interface Total {
  runs: number
  violations: string[]
  recoveriesMs: number[]
  figures: Record<string, number>
}

export const exhaustion: Scenario = {
  name: 'exhaustion: no connections of PostgreSQL left, no file descriptors left',
  inSuite: false,
  async run(random, { form }): Promise<Findings> {
    const { repeats, takenMs, descriptors, readers } = sizes[form]
    const postgres = await Postgres.open({ settings: [`max_connections=${maxConnections}`] })
    const limited = { command: ['/bin/sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh'] }
    const world = await World.open(1, { postgres, planeLaunch: () => limited })
    const total: Total = { runs: 0, violations: [], recoveriesMs: [], figures: {} }
    try {
      await world.addWorker({ slots: 20 })
      for (let n = 0; n < repeats; n += 1) {
        await withoutConnections(world, random, total, takenMs)
        await withoutDescriptors(world, random, total, readers)
      }
      total.violations.push(...(await rowViolations(world.db)))
      return total
    } finally {
      await world.close()
    }
  },
}

const add = (total: Total, what: string, count: number): void => {
  total.figures[what] = (total.figures[what] ?? 0) + count
}

async function withoutConnections(world: World, random: Random, total: Total, forMs: number): Promise<void> {
  const stranger = new Stranger(world.postgres.url)
  const url = world.urls()[0] ?? ''
  const course = await beginCourse(world, fullTurn(random), patientMs)
  await wait(random.between(0, turnMs))
  const taken = await stranger.takeAll()
  const asked: Request[] = [
    { method: 'POST', url: `${url}/v1/sessions`, body: {} },
    { method: 'GET', url: `${url}/v1/sessions/${course.session}/events` },
    { method: 'GET', url: `${url}/v1/durable/health` },
  ]
  const probes = asked.map((request) => startProbe(() => request))
  await wait(forMs)
  await stranger.leave()
  const since = Date.now()
  const problems = await course.settle()
  const next = course.reader.events.find(({ at, ts }) => at > since && Date.parse(ts) > since)
  if (next) total.recoveriesMs.push(next.at - since)
  if (next && next.at - since > backMs) problems.push(`the turn went on after ${next.at - since} ms only`)
  for (const probe of probes) {
    const { refused, violations } = await probe.end()
    add(total, 'refused without connections', refused)
    problems.push(...violations)
  }
  if (taken < maxConnections - 1) problems.push(`the stranger had only ${taken} connections: nothing was tried`)
  total.runs += 1
  total.violations.push(...problems.map((problem) => `connections: ${problem}`))
}

async function withoutDescriptors(world: World, random: Random, total: Total, readers: number): Promise<void> {
  const crowd = new Crowd()
  const url = world.urls()[0] ?? ''
  const sessions: string[] = []
  for (let n = 0; n < readers / perSession; n += 1) sessions.push(await world.api.createSession([]))
  const course = await beginCourse(world, fullTurn(random, slowPieceMs), patientMs)
  const streams = sessions.flatMap((session) => Array.from({ length: perSession }, () => `${url}/v1/sessions/${session}/sse`))
  await crowd.come(streams)
  const problems: string[] = []
  // The turn and its readers were there before.
  if (course.reader.events.some(({ type }) => type === 'session.idled')) problems.push('the turn was over too early')
  await course.reader.idleAfter(course.accepted[0]?.sequence ?? 0, patientMs).catch((error) => problems.push(String(error)))
  crowd.leave()
  const tookMs = await untilServed(`${url}/v1/sessions/${course.session}/sse`)
  total.recoveriesMs.push(tookMs)
  if (tookMs > backMs) problems.push(`a reader was served again only ${tookMs} ms after the others had gone`)
  problems.push(...(await course.settle()), ...crowd.seen.violations)
  if (crowd.seen.refused === 0) problems.push('no reader was refused: nothing was tried')
  add(total, 'streams beside', crowd.seen.streams)
  add(total, 'refused without descriptors', crowd.seen.refused)
  total.runs += 1
  total.violations.push(...problems.map((problem) => `descriptors: ${problem}`))
}

/** Asks until a stream opens; answers how long that took. */
async function untilServed(url: string): Promise<number> {
  const since = Date.now()
  for (;;) {
    const late = new Crowd()
    await late.come([url])
    late.leave()
    const tookMs = Date.now() - since
    if (late.seen.streams > 0 || tookMs > 2 * backMs) return tookMs
    await wait(20)
  }
}
