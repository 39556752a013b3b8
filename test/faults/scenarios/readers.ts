// Hundreds of readers that read too little, or nothing, on sessions in which much is said: the server keeps its memory and its sockets,
// those who keep up notice nothing, and whoever comes back gets every event once.
import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { quantile } from '../harness/course.ts'
import { Laggard, type Pace } from '../harness/laggard.ts'
import { Network, placeOf } from '../harness/proxy.ts'
import { type Random, seeded } from '../harness/random.ts'
import { Reader } from '../harness/reader.ts'
import { scripted } from '../harness/script.ts'
import { World } from '../harness/world.ts'
import { readEvidence } from '../invariants/evidence.ts'
import { violations } from '../invariants/index.ts'
import type { Scenario } from './scenario.ts'

const forms = {
  short: { sessions: 4, readers: 60, turns: 6 },
  long: { sessions: 8, readers: 360, turns: 7 },
}
/** What the server may grow by, however many read too little. */
const growthMax = 200 * 1024 * 1024
/** Without it the process lets garbage lie, and nobody could tell that from what it holds. */
const smallHeap = { env: { NODE_OPTIONS: '--max-old-space-size=192' } }
/**
 * One process serves them all, so that those who keep up are later beside a crowd; they must never wait for those who do not, which
 * would be for half a minute. Milliseconds.
 */
const laterMax = 2_000
/** Sockets that nobody reads from must be gone so soon. */
const reapedMs = 60_000
const calmMs = 60_000
/** Files and sockets that come and go by themselves. */
const spareFiles = 12
const halfOpen = 'half-open'
/** Of the readers that wander, every tenth of a second. */
const cutShare = 0.02

/** A long answer: a hundred kilobytes in two seconds, which every later model call of the session holds again. */
const muchSaid = scripted([{ text: Array.from({ length: 300 }, (_, n) => `${n}${'-'.repeat(300)}`).join(' '), token_ms: 5 }])

type Kind = Pace | typeof halfOpen | 'wandering'
const kinds: readonly Kind[] = ['never', 'trickle', halfOpen, 'wandering']

/** What the server's process has: bytes of memory, open files and sockets. */
function holdings({ planes: [plane] }: World): { rss: number; files: number } {
  const process = `/proc/${plane?.child.process.pid}`
  const pages = Number(readFileSync(`${process}/statm`, 'utf8').split(' ')[1])
  return { rss: pages * 4096, files: readdirSync(`${process}/fd`).length }
}

interface Room {
  world: World
  network: Network
  sessions: string[]
  live: Reader[]
  accepted: { id: string; sequence: number }[][]
}

/** One long answer in every session; answers when all are at rest. */
async function speak({ world, sessions, live, accepted }: Room): Promise<void> {
  await Promise.all(
    sessions.map(async (session, n) => {
      const message = await world.api.post(session, muchSaid)
      accepted[n]?.push(message)
      await live[n]?.idleAfter(message.sequence, calmMs)
    }),
  )
}

/** How long after it was said the readers that keep up had a piece. */
const lateness = (live: readonly Reader[], since: number): number[] =>
  live.flatMap(({ events }) =>
    events.filter(({ type, at }) => at > since && type === 'output.message.delta').map(({ at, ts }) => at - Date.parse(ts)),
  )

function crowdOf({ world, network, sessions }: Room, random: Random, count: number): { kind: Kind; reader: Laggard }[] {
  const direct = new URL(world.urls()[0] ?? '').host
  return Array.from({ length: count }, (_, n) => {
    const kind = kinds[n % kinds.length] ?? 'never'
    const session = sessions[n % sessions.length] ?? ''
    const own = seeded(random.between(0, 2 ** 31))
    const pace: Pace = kind === 'wandering' || kind === halfOpen ? 'full' : kind
    const address = kind === halfOpen ? network.address : direct
    return { kind, reader: new Laggard({ address, session, pace, random: own, mark: kind }) }
  })
}

/** Until `work` is done: wanderers are cut off and come back, and the most that the server had is kept. */
async function watched(world: World, random: Random, crowd: readonly Laggard[], work: Promise<void>): Promise<number> {
  let most = 0
  let isOver = false
  const ended = work.finally(() => {
    isOver = true
  })
  while (!isOver) {
    most = Math.max(most, holdings(world).rss)
    for (const reader of crowd) if (random.next() < cutShare) reader.cut()
    await wait(100)
  }
  await ended
  return most
}

/** Milliseconds until the server has no more than so many files open; null when it still has them after a minute. */
async function untilReaped(world: World, files: number): Promise<number | null> {
  for (const since = Date.now(); Date.now() - since < reapedMs; await wait(100)) {
    if (holdings(world).files <= files) return Date.now() - since
  }
  return null
}

const together = 40

/** Those who come back, a few at a time, must end with the ids of the log, each once and in order. */
async function comeBack({ world, sessions }: Room, crowd: readonly { kind: Kind; reader: Laggard }[]): Promise<string[]> {
  const direct = new URL(world.urls()[0] ?? '').host
  const logs = new Map<string, string[]>()
  for (const session of sessions)
    logs.set(
      session,
      (await world.api.events(session)).map(({ id }) => id),
    )
  const problems: string[] = []
  for (let n = 0; n < crowd.length; n += together) {
    const wave = crowd.slice(n, n + together)
    await Promise.all(
      wave.map(async ({ kind, reader }) => {
        const log = logs.get(reader.session) ?? []
        reader.comeBack(direct)
        await reader.has(log.at(-1) ?? '', calmMs)
        reader.close()
        const at = log.findIndex((id, place) => reader.ids[place] !== id)
        if (at !== -1 || reader.ids.length !== log.length)
          problems.push(`a reader (${kind}) has ${reader.ids.length} of ${log.length} events and differs at ${at + 1}`)
      }),
    )
  }
  return problems
}

async function tell(room: Room, random: Random, { readers, turns }: (typeof forms)['short']) {
  const { world, network, sessions, live, accepted } = room
  const problems: string[] = []
  await speak(room)
  const calmSince = Date.now()
  await speak(room)
  const calm = quantile(lateness(live, calmSince), 0.95)
  const before = holdings(world)

  const crowd = crowdOf(room, random, readers)
  const wanderers = crowd.filter(({ kind }) => kind === 'wandering').map(({ reader }) => reader)
  const busySince = Date.now()
  const own = monitorEventLoopDelay({ resolution: 5 })
  own.enable()
  const busy = async () => {
    for (let n = 0; n < turns; n += 1) {
      await speak(room)
      if (n === 0) network.setWhere(`x-reader: ${halfOpen}`, { kind: 'silent' })
    }
  }
  const most = await watched(world, random, wanderers, busy())
  const crowded = quantile(lateness(live, busySince), 0.95)
  const reaped = await untilReaped(world, before.files + wanderers.length + spareFiles)
  if (reaped === null)
    problems.push(`${holdings(world).files} files are open a minute after the last event, ${before.files} before`)
  const growth = most - before.rss
  if (growth > growthMax) problems.push(`the server grew by ${mebibytes(growth)} MiB`)
  if (crowded > calm + laterMax) problems.push(`readers that keep up were ${crowded} ms late beside the others, ${calm} without`)

  problems.push(...(await comeBack(room, crowd)))
  for (const [n, session] of sessions.entries()) {
    const reader = live[n]
    if (!reader) continue
    const evidence = await readEvidence({ house: world, session, accepted: accepted[n] ?? [], readers: [reader] })
    problems.push(...violations(evidence))
  }
  const files = await untilReaped(world, before.files + spareFiles)
  if (files === null) problems.push('sockets of readers that left are still open')
  return {
    runs: readers + live.length,
    violations: problems,
    recoveriesMs: [],
    figures: {
      'connections of readers': crowd.reduce((sum, { reader }) => sum + reader.connections, 0),
      'server grew by, MiB': mebibytes(growth),
      'late p95 alone, ms': calm,
      'own loop late p95, ms': Math.round(own.percentile(95) / 1e6),
      'late p95 beside them, ms': crowded,
      'dead sockets gone after, ms': reaped ?? -1,
    },
  }
}

const mebibytes = (bytes: number): number => Math.round(bytes / 1024 / 1024)

export const readers: Scenario = {
  name: 'readers: hundreds that read too little, or nothing, beside some that keep up',
  inSuite: false,
  async run(random, { form }) {
    const world = await World.open(1, { settings: { SSE_PER_SESSION_MAX: '200' }, planeLaunch: () => smallHeap })
    const network = await Network.open(placeOf(new URL(world.urls()[0] ?? '').host))
    try {
      await world.addWorker({ slots: 50 })
      const sessions: string[] = []
      for (let n = 0; n < forms[form].sessions; n += 1) sessions.push(await world.api.createSession([]))
      const live = sessions.map((session) => new Reader(() => world.urls(), session))
      const room = { world, network, sessions, live, accepted: sessions.map(() => []) }
      const found = await tell(room, random, forms[form])
      for (const reader of live) reader.close()
      return found
    } finally {
      await world.close()
      await network.close()
    }
  },
}
