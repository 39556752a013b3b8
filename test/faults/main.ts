// npm run test:faults -- --runs 50 --point mid-stream --minutes 2: every point so often and every scenario in its long form, a table, and
// docs/reliability.md. `--point` picks by name and leaves the document alone unless `--write`. `--form short`: scenarios as npm test
// runs them. Exits 1 on a violation, and where something could not be tried on this machine.
import { parseArgs } from 'node:util'
import { compileProcesses } from '../support/processes.ts'
import { DevHouse } from './harness/dev.ts'
import { raceMessages } from './harness/race.ts'
import { seeded } from './harness/random.ts'
import { World } from './harness/world.ts'
import { points } from './points.ts'
import { repeatDev, repeatPoint, seedsFrom } from './repeat.ts'
import { type Row, rowOf, table, writeReliability } from './report.ts'
import { scenarios } from './scenarios/index.ts'
import { CannotBeTried, type Findings } from './scenarios/scenario.ts'
import { failedSeeds, firstSeed } from './seeds.ts'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '50' },
    point: { type: 'string', default: '' },
    minutes: { type: 'string' },
    form: { type: 'string', default: 'long' },
    write: { type: 'boolean', default: false },
  },
})
const runs = Number(options.runs)
/** A run of these takes long; a tenth of them says as much. */
const fewer = Math.max(2, Math.ceil(runs / 10))
const rows: Row[] = []
/** Scenarios that this machine does not let us try: no rows, and no success. */
let untried = 0

const wanted = (name: string, covers: readonly string[] = []): boolean =>
  name.includes(options.point) || covers.includes(options.point)

function add(name: string, findings: Findings): void {
  const row = rowOf(name, findings)
  rows.push(row)
  console.log(table([row]).split('\n').slice(2).join('\n'))
  for (const violation of findings.violations) console.log(`  ${violation}`)
}

async function inWorlds(): Promise<void> {
  for (const planes of [1, 2] as const) {
    const chosen = points.filter((point) => point.planes === planes && wanted(point.name, point.covers))
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
  const { violations, messages, steered, amidst } = await raceMessages(world, seeded(firstSeed), Math.max(1_000, runs * 20))
  const figures = { 'answered by the turn that ran': steered, 'under way while a turn’s end was stored': amidst }
  add(name, { runs: messages, violations, recoveriesMs: [], figures })
  await world.close()
}

async function courses(): Promise<void> {
  const minutes = options.minutes === undefined ? {} : { minutes: Number(options.minutes) }
  for (const { name, run } of scenarios.filter((scenario) => wanted(scenario.name))) {
    try {
      add(name, await run(seeded(firstSeed), options.form === 'short' ? { form: 'short' } : { form: 'long', ...minutes }))
    } catch (error) {
      if (!(error instanceof CannotBeTried)) throw error
      untried += 1
      console.log(`NOT RUN: ${name}: ${error.message}`)
    }
  }
}

const removeProcesses = await compileProcesses()
console.log(`FAULT_SEED=${firstSeed}`)
await inWorlds()
await inOneProcess()
await races()
await courses()
await removeProcesses()
if (options.point === '' || options.write) writeReliability(rows, firstSeed)
process.exit(untried > 0 || rows.some(({ violations }) => violations > 0) ? 1 : 0)
