// npm run test:faults -- --runs 50 --point mid-stream: every point so often, a table, and docs/reliability.md. Exits 1 on a violation.
import { parseArgs } from 'node:util'
import { DevHouse } from './harness/dev.ts'
import { closeMs, raceMessages } from './harness/race.ts'
import { seeded } from './harness/random.ts'
import { World } from './harness/world.ts'
import { points } from './points.ts'
import { repeatDev, repeatPoint, seedsFrom, type Tally } from './repeat.ts'
import { type Row, rowOf, table, writeReliability } from './report.ts'
import { failedSeeds, firstSeed } from './seeds.ts'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '50' },
    point: { type: 'string', default: '' },
  },
})
const runs = Number(options.runs)
/** A run of these takes long; a tenth of them says as much. */
const fewer = Math.max(2, Math.ceil(runs / 10))
const rows: Row[] = []

const wanted = (name: string): boolean => name.includes(options.point)

function add(name: string, tally: Tally): void {
  const row = rowOf(name, tally)
  rows.push(row)
  console.log(table([row]).split('\n').at(-1))
  for (const violation of tally.violations) console.log(`  ${violation}`)
}

async function inWorlds(): Promise<void> {
  for (const planes of [1, 2] as const) {
    const chosen = points.filter((point) => point.planes === planes && wanted(point.name))
    if (chosen.length === 0) continue
    const world = await World.open(planes)
    for (const point of chosen) {
      const seeds = [...failedSeeds(point.name), ...seedsFrom(firstSeed, point.isSlow ? fewer : runs)]
      add(point.name, await repeatPoint(world, point, seeds))
    }
    await world.close()
  }
}

async function inOneProcess(): Promise<void> {
  const name = 'all in one: any moment, database left behind'
  if (!wanted(name)) return
  const house = await DevHouse.open()
  add(name, await repeatDev(house, seedsFrom(firstSeed, fewer)))
  await house.close()
}

async function races(): Promise<void> {
  const name = 'message while the last hand-off commits'
  if (!wanted(name)) return
  const world = await World.open()
  await world.addWorker({ slots: 50 })
  const { violations, messages, steered, close } = await raceMessages(world, seeded(firstSeed), Math.max(1_000, runs * 20))
  add(name, { runs: messages, violations, recoveriesMs: [] })
  console.log(`  ${steered} were answered by the turn that ran, ${close} came within ${closeMs} ms of a turn's end`)
  await world.close()
}

console.log(`FAULT_SEED=${firstSeed}`)
await inWorlds()
await inOneProcess()
await races()
if (options.point === '') writeReliability(rows, firstSeed)
process.exit(rows.some(({ violations }) => violations > 0) ? 1 : 0)
