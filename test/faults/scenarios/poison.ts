// Steps and tools that throw, hang, end their process, take all its memory or hold its thread, while healthy turns go on beside them.
// The poison must end as dead letters that can be put back once it is poison no more; nothing else may be harmed.
import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { type Poison, poisonStep, poisonToolNames, takeAway } from '../../support/poison.ts'
import { beginCourse } from '../harness/course.ts'
import { Keeper } from '../harness/keeper.ts'
import type { Random } from '../harness/random.ts'
import { fullTurn, type Turn } from '../harness/script.ts'
import { World } from '../harness/world.ts'
import { rowViolations } from '../invariants/database.ts'
import { ofType } from '../invariants/log.ts'
import type { Findings, Scenario } from './scenario.ts'

interface Wish {
  neighbours: number
  poison: readonly Poison[]
}
const forms: Record<'short' | 'long', Wish> = {
  short: { neighbours: 8, poison: ['throw'] },
  long: { neighbours: 50, poison: ['throw', 'exit', 'memory', 'loop'] },
}
const workers = { count: 2, slots: 40 }
/** So that taking all memory is quick. */
const launch = { env: { NODE_OPTIONS: '--max-old-space-size=192' } }
const patientMs = 150_000
const lookMs = 100
/** Deaths that one of them may cause: twice its budget. */
const deathsEach = 6

/** One turn that calls every bad tool at once. */
const poisonedTurn = (): Turn => {
  const names = Object.values(poisonToolNames)
  const turns = [{ text: 'I call', tool_calls: names.map((name) => ({ name, arguments: {} })) }, { text: 'All of them are bad.' }]
  return { capabilities: ['poison_tools'], text: `Try everything.\n/sim ${JSON.stringify({ turns })}` }
}

/** How each bad call must have ended. */
const expected: Record<string, string> = {
  [poisonToolNames.throws]: 'error',
  [poisonToolNames.hangs]: 'timeout',
  [poisonToolNames.strange]: 'success',
  [poisonToolNames.exits]: 'error',
}

export const poison: Scenario = {
  name: 'poison: steps that throw, exit, take all memory or hold the thread, beside healthy turns',
  inSuite: true,
  async run(random, { form }) {
    const world = await World.open(1, { launch })
    const keeper = new Keeper(world, workers.count, workers.slots)
    try {
      return await poisonBeside(world, keeper, random, forms[form])
    } finally {
      await keeper.stop()
      await world.close()
    }
  },
}

async function poisonBeside(
  world: World,
  keeper: Keeper,
  random: Random,
  { neighbours, poison: kinds }: Wish,
): Promise<Findings> {
  const healthy = await Promise.all(Array.from({ length: neighbours }, () => beginCourse(world, fullTurn(random), patientMs)))
  const bad = await beginCourse(world, poisonedTurn(), patientMs)
  const tasks = await Promise.all(kinds.map((how) => world.api.enqueue(poisonStep, { how })))
  const settled = await Promise.all([
    ...healthy.map((course) => course.settle()),
    bad.settle(({ events }) =>
      ofType(events, 'tool.completed').flatMap(({ data: { tool_name = '', status } }) =>
        status === expected[tool_name] ? [] : [`the call of ${tool_name} ended as ${status}`],
      ),
    ),
  ])
  const dead = await areDead(world, tasks)
  const crashing = kinds.filter((how) => how !== 'throw').length + 1
  const deaths = keeper.deaths
  const violations = [
    ...settled.flat(),
    ...dead,
    ...(deaths > crashing * deathsEach ? [`${crashing} bad steps killed ${deaths} workers`] : []),
    ...(await putBack(world, tasks)),
    ...(await rowViolations(world.db)),
  ]
  const [{ most = 0 } = {}] = (await world.db.query<{ most: number }>('select max(failures)::int as most from tasks')).rows
  return {
    runs: neighbours + 1 + kinds.length,
    violations,
    recoveriesMs: [],
    figures: { deaths, 'most failures of one step': most },
  }
}

/** Each is a dead letter of the admin API, with a reason. */
async function areDead(world: World, tasks: readonly string[]): Promise<string[]> {
  const letters = async () => (await world.api.deadLetters()).filter(({ id }) => tasks.includes(id))
  const until = Date.now() + patientMs
  while ((await letters()).length < tasks.length && Date.now() < until) await wait(lookMs)
  const found = await letters()
  return [
    ...tasks.filter((id) => !found.some((letter) => letter.id === id)).map((id) => `poison ${id} is no dead letter`),
    ...found.filter(({ last_error }) => last_error === '').map(({ id }) => `poison ${id} died without a reason`),
  ]
}

/** Without the poison in them the same steps run, each once. */
async function putBack(world: World, tasks: readonly string[]): Promise<string[]> {
  takeAway(world.ledger)
  const again = await Promise.all(tasks.map((id) => world.api.retry(id)))
  const open = async () =>
    (await world.db.query(`select from tasks where id = any($1::uuid[]) and status <> 'completed'`, [again])).rowCount
  const until = Date.now() + patientMs
  while ((await open()) !== 0 && Date.now() < until) await wait(lookMs)
  const ledger = readFileSync(world.ledger, 'utf8').split('\n')
  return again.flatMap((id) => {
    const count = ledger.filter((line) => line.includes(id)).length
    return count === 1 ? [] : [`${id}, put back, ran ${count} times`]
  })
}
