// The disk under PostgreSQL is full while people work, and then it is not. Either only tables cannot grow, or the log cannot either: then
// the server panics, starts itself anew, and may give up. Nothing that was accepted is lost; what cannot be accepted is refused clearly.
import { setTimeout as wait } from 'node:timers/promises'
import { beginCourse } from '../harness/course.ts'
import { Load } from '../harness/load.ts'
import { Postgres } from '../harness/postgres.ts'
import { type Probed, startProbe } from '../harness/probe.ts'
import type { Random } from '../harness/random.ts'
import { fullTurn, turnMs } from '../harness/script.ts'
import { SmallDisk } from '../harness/small-disk.ts'
import { World } from '../harness/world.ts'
import { rowViolations } from '../invariants/database.ts'
import type { Findings, Scenario } from './scenario.ts'

const diskMb = 220
const walSettings = ['max_wal_size=48MB', 'min_wal_size=32MB']
/** How long the disk stays full after the first refusal, and how long that is waited for. */
const fullMs = { stays: 4_000, refusalWithin: 30_000 }
/** From the disk's being free to the next event of a turn that waited. */
const allowedMs = 30_000
const patientMs = 90_000
const repeats = { short: 1, long: 5 }

type Kind = 'tables' | 'log'

export const diskFull: Scenario = {
  name: 'disk-full: under PostgreSQL, only its tables or its log too',
  inSuite: false,
  async run(random, { form }) {
    const disk = await SmallDisk.mount(diskMb)
    try {
      const world = await World.open(1, { postgres: await Postgres.open({ folder: disk.folder, settings: walSettings }) })
      try {
        await world.addWorker({ slots: 20 })
        const kinds = Array.from({ length: repeats[form] }, () => ['tables', 'log'] as const).flat()
        return await fillAgainAndAgain(world, disk, random, kinds)
      } finally {
        await world.close()
      }
    } finally {
      await disk.unmount()
    }
  },
}

async function fillAgainAndAgain(world: World, disk: SmallDisk, random: Random, kinds: readonly Kind[]): Promise<Findings> {
  const total = { violations: [] as string[], recoveriesMs: [] as number[] }
  const figures = { 'full disks': kinds.length, 'refused clearly': 0, 'still answered': 0, panics: 0, 'ended for good': 0 }
  const load = new Load(world, random, { people: 6, turns: 3, thinkMs: 500 })
  for (const kind of kinds) {
    const full = await fillOnce(world, disk, random, kind)
    total.violations.push(...full.violations.map((problem) => `${kind}: ${problem}`))
    if (full.recoveryMs !== null) total.recoveriesMs.push(full.recoveryMs)
    figures['refused clearly'] += full.probed.refused
    figures['still answered'] += full.probed.done
    if (full.panicked) figures.panics += 1
    if (full.ended) figures['ended for good'] += 1
  }
  if (kinds.includes('log') && figures.panics === 0) total.violations.push('the log never had too little room: nothing was tried')
  const loaded = await load.end()
  return {
    runs: loaded.sessions + kinds.length,
    violations: [...total.violations, ...loaded.violations, ...(await rowViolations(world.db))],
    recoveriesMs: total.recoveriesMs,
    figures: { ...figures, messages: loaded.messages },
  }
}

interface Filled {
  violations: string[]
  recoveryMs: number | null
  probed: Probed
  panicked: boolean
  ended: boolean
}

/** One turn under way, the disk full for a while, and everything at rest again. */
async function fillOnce(world: World, disk: SmallDisk, random: Random, kind: Kind): Promise<Filled> {
  const { postgres } = world
  const course = await beginCourse(world, fullTurn(random), patientMs)
  await wait(random.between(0, turnMs))
  await disk.fill()
  const probe = startProbe(() => ({ method: 'POST', url: `${world.urls()[0]}/v1/sessions`, body: {} }))
  const panicked = kind === 'log' && (await growLog(world))
  for (const until = Date.now() + fullMs.refusalWithin; probe.seen.refused === 0 && Date.now() < until; ) await wait(50)
  await wait(fullMs.stays)
  const probed = await probe.end()
  const ended = postgres.hasEnded
  const since = Date.now()
  await disk.free()
  if (ended) await postgres.start()
  else await postgres.answers()
  const problems = probed.refused === 0 ? ['nobody was refused: the disk was not full'] : []
  const violations = [...problems, ...probed.violations, ...(await course.settle())]
  const next = course.reader.events.find(({ at, ts }) => at > since && Date.parse(ts) > since)
  const recoveryMs = next ? next.at - since : null
  if ((recoveryMs ?? 0) > allowedMs) violations.push(`the turn went on only ${recoveryMs} ms after the disk was free`)
  return { violations, recoveryMs, probed, panicked, ended }
}

/** Writes to the log until that fails: true when the server went down over it. */
async function growLog({ db }: World): Promise<boolean> {
  for (let n = 0; n < 60; n += 1) {
    const failure = await db.query(`select pg_logical_emit_message(false, 'filler', repeat('x', 2000000))`).then(
      () => null,
      (error: unknown) => error,
    )
    if (failure) return isLost(failure)
  }
  return false
}

/** The connection broke, as all do when a server process panics; a statement that was merely refused says so. */
const isLost = (error: unknown): boolean => error instanceof Error && !('severity' in error && error.severity === 'ERROR')
