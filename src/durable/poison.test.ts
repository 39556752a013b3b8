// A step that kills whatever worker runs it, and those that happen to be there.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HandWorker, startCounting } from '../../test/support/counting.ts'
import { type TestEngine, testEngine } from '../../test/support/engine.ts'
import type { Assignment } from '../contract/control-plane.ts'
import type { Uuid } from '../contract/ids.ts'

let world: TestEngine
beforeEach(async () => {
  world = await testEngine()
})
afterEach(() => world.close())

const query = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
  (await world.db.enginePool.query<Row>(text, values)).rows

const start = (count: number): Promise<Uuid[]> =>
  Promise.all(Array.from({ length: count }, async () => startCounting(world.engine, await world.head(), 1)))

async function connected(slots: number): Promise<HandWorker> {
  const worker = new HandWorker()
  worker.connect(world.engine.controlPlane, slots)
  await worker.until(() => worker.received.find(({ kind }) => kind === 'welcome'))
  return worker
}

/** The worker's process ends, and that is noticed. */
async function dies(worker: HandWorker): Promise<void> {
  worker.cut()
  await query(`update workers set rerun_until = clock_timestamp() - interval '1 ms' where incarnation = $1`, [worker.incarnation])
  await query(`update duty_stamps set at = clock_timestamp() - interval '0.3 s' where name = 'sweep_leases'`)
  await world.duty('sweep_leases')
}

interface Open {
  workflowId: Uuid
  isSuspect: boolean
  isHeld: boolean
}

/** What the worker holds once nothing more can come to it. */
async function holds({ incarnation, assignments }: HandWorker): Promise<Open[]> {
  const open = () =>
    query<Open>(
      `select workflow_id as "workflowId", lost_by is not null and failures >= max_failures - 1 as "isSuspect",
         claimed_by is not distinct from $1 as "isHeld" from tasks where status in ('pending', 'claimed')`,
      [incarnation],
    )
  for (;;) {
    const tasks = await open()
    const held = tasks.filter(({ isHeld }) => isHeld)
    const isGiven = held.every(({ workflowId }) => assignments.some((one) => one.workflowId === workflowId))
    const waits = tasks.filter(({ isHeld }) => !isHeld)
    if (isGiven && waits.every((one) => one.isSuspect && held.some((other) => other.isSuspect))) return held
  }
}

const given = ({ assignments }: HandWorker, { workflowId }: Open): Assignment => {
  const assignment = assignments.findLast((one) => one.workflowId === workflowId)
  if (!assignment) throw new Error('held and never given')
  return assignment
}

const outcomes = async (ids: readonly Uuid[]): Promise<string[]> =>
  (await Promise.all(ids.map((id) => world.workflow(id)))).map(({ state }) => state.outcomes.join())

const slots = 12

/** One worker after another, each until it is given poison; `died` is told how many have. Answers how many died. */
async function workUntilRest(isPoison: (id: Uuid) => boolean, died: (deaths: number) => Promise<unknown>): Promise<number> {
  let deaths = 0
  let worker = await connected(slots)
  for (let held = await holds(worker); held.length > 0; held = await holds(worker)) {
    expect(held.filter((one) => one.isSuspect).length).toBeLessThanOrEqual(1)
    if (held.some(({ workflowId }) => isPoison(workflowId))) {
      await dies(worker)
      deaths += 1
      await died(deaths)
      worker = await connected(slots)
    } else for (const one of held) worker.finish(given(worker, one))
  }
  return deaths
}

test('a step that kills every worker is dead in the end, and none of those who were with it', async () => {
  const [poison = '', ...neighbours] = await start(slots)
  const deaths = await workUntilRest(
    (id) => id === poison,
    async () => {},
  )
  expect(await outcomes([poison])).toEqual(['dead'])
  expect(new Set(await outcomes(neighbours))).toEqual(new Set(['finished']))
  expect(deaths).toBeLessThanOrEqual(6)
})

test('a step on its last chance does not pay for another one that has never killed a worker before', async () => {
  const [first = '', ...neighbours] = await start(slots - 1)
  const poisons = [first]
  await workUntilRest(
    (id) => poisons.includes(id),
    async (deaths) => {
      if (deaths === 2) poisons.push(...(await start(1)))
    },
  )
  expect(await outcomes(poisons)).toEqual(['dead', 'dead'])
  expect(new Set(await outcomes(neighbours))).toEqual(new Set(['finished']))
})
