// Workers of two releases at work on one turn: what only the newer one knows goes to it, what nobody knows waits and is told of, and
// workers are exchanged for others of the next release, and back, while a turn runs.
import { setTimeout as wait } from 'node:timers/promises'
import { ledgerToolNames } from '../../support/ledger-tools.ts'
import type { Child } from '../harness/child.ts'
import { beginCourse } from '../harness/course.ts'
import type { Random } from '../harness/random.ts'
import { stuckMs } from '../harness/run.ts'
import { fullTurn, scripted, turnMs, words } from '../harness/script.ts'
import { World } from '../harness/world.ts'
import type { Evidence } from '../invariants/evidence.ts'
import { ofType } from '../invariants/log.ts'
import { newTool, noteOf, type Release } from '../processes/releases.ts'
import type { Scenario } from './scenario.ts'

const rounds = { short: 1, long: 10 }
const slots = { few: 2, many: 8 }
const notes = 10
const { keyed, transactional, at_most_once: once } = ledgerToolNames

const newCalls = 3
const tool_calls = [newTool, once, newTool, keyed, newTool, transactional].map((name, n) => ({ name, arguments: { n } }))

/** The first answer takes so long that another worker can come meanwhile. */
const mixedTurn = {
  capabilities: ['ledger_tools'],
  text: scripted([{ text: words(100, 'first'), token_ms: 30, tool_calls }, { text: words(5, 'last') }]),
}

const calledWell =
  (fresh: Child) =>
  ({ events, ledger }: Evidence): string[] => {
    const done = ofType(events, 'tool.completed').filter(({ data }) => data.tool_name === newTool)
    const lines = ledger.filter(({ tool }) => tool === newTool)
    return [
      ...(done.length === newCalls && done.every(({ data }) => data.status === 'success')
        ? []
        : [`the new tool ended as ${done.map(({ data }) => data.status)}`]),
      ...(lines.length === newCalls && lines.every(({ pid }) => pid === fresh.process.pid)
        ? []
        : [`the new tool ran ${lines.length} times, in ${lines.map(({ pid }) => pid)}`]),
    ]
  }

/** Notes of this release and of the next, enqueued; by whom each was written, once all are. */
async function noted(world: World, kinds: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const activity_type of kinds) {
    // The answer's shape is the contract's.
    const { task_id } = (await world.api.ask('POST', '/v1/durable/tasks', { activity_type, input: {} })) as { task_id: string }
    ids.push(task_id)
  }
  const text = `select t.kind || ' by ' || (w.result ->> 'by') as note from tasks t join workflows w on w.id = t.workflow_id
    where t.id = any($1::uuid[]) and w.status = 'completed' order by 1`
  for (const until = Date.now() + stuckMs; ; await wait(50)) {
    const { rows } = await world.db.query<{ note: string }>(text, [ids])
    if (rows.length === ids.length || Date.now() > until) return rows.map(({ note }) => note)
  }
}

/** The newer worker has few slots and the older one many: most is offered to the older. */
async function sideBySide(world: World): Promise<string[]> {
  await world.killWorkers()
  const fresh = await world.addWorker({ slots: slots.few, release: 'next' })
  const course = await beginCourse(world, mixedTurn)
  await world.addWorker({ slots: slots.many })
  const kinds = Array.from({ length: notes }, (_, n) => (n % 2 === 0 ? noteOf.this : noteOf.next))
  const written = await noted(world, kinds)
  const ofNext = written.filter((note) => note.startsWith(noteOf.next))
  const wrong = ofNext.filter((note) => note !== `${noteOf.next} by next`)
  return [
    ...(await course.settle(calledWell(fresh))),
    ...(written.length === notes && ofNext.length === notes / 2 ? wrong : [`of ${notes} notes these were written: ${written}`]),
  ]
}

/** The worker that has the turn is stopped in good order; one of another release goes on with it. */
async function exchanged(world: World, random: Random, from: Release, to: Release): Promise<string[]> {
  await world.killWorkers()
  const before = await world.addWorker({ slots: slots.many, release: from })
  const course = await beginCourse(world, fullTurn(random))
  await wait(random.between(0, turnMs))
  before.signal('SIGTERM')
  await world.addWorker({ slots: slots.many, release: to })
  const problems = await course.settle(({ tasks }) =>
    tasks.filter(({ status }) => status === 'dead').map(({ key }) => `the step ${key} did not survive the exchange`),
  )
  await before.died
  world.forgetDead()
  return problems.map((problem) => `${from} → ${to}: ${problem}`)
}

interface Health {
  status: string
  unknown_tasks: number
}

/** What no worker knows is neither lost nor silent. */
async function unknown(world: World): Promise<string[]> {
  await world.killWorkers()
  await world.addWorker({ slots: slots.many })
  const writing = noted(world, [noteOf.later])
  // The answer's shape is the contract's.
  const look = async () => (await world.api.ask('GET', '/v1/durable/health')) as Health
  let health = await look()
  for (const until = Date.now() + stuckMs / 2; health.unknown_tasks === 0 && Date.now() < until; await wait(100))
    health = await look()
  await world.addWorker({ slots: slots.few, release: 'later' })
  const written = await writing
  const after = await look()
  return [
    ...(health.status === 'degraded' && health.unknown_tasks === 1
      ? []
      : [`a step nobody knows shows as ${JSON.stringify(health)}`]),
    ...(written.join() === `${noteOf.later} by later` ? [] : [`the step nobody knew ended as ${written}`]),
    ...(after.unknown_tasks === 0 ? [] : ['the step is still said to be unknown']),
  ]
}

export const release: Scenario = {
  name: 'release: workers of two releases at work on one turn, exchanged for each other in the middle',
  inSuite: false,
  async run(random, { form }) {
    const world = await World.open()
    try {
      const violations: string[] = []
      let runs = 0
      for (let n = 0; n < rounds[form]; n += 1) {
        violations.push(...(await sideBySide(world)))
        violations.push(...(await exchanged(world, random, 'this', 'next')))
        violations.push(...(await exchanged(world, random, 'next', 'this')))
        runs += 3
      }
      violations.push(...(await unknown(world)))
      return { runs: runs + 1, violations, recoveriesMs: [] }
    } finally {
      await world.close()
    }
  },
}
