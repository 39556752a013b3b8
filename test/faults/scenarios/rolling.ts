// Workers are replaced while they work: five restarts within one model call, and a worker killed amid eight calls that run at once on
// two workers of two control planes.
import { setTimeout as wait } from 'node:timers/promises'
import { ledgerToolNames } from '../../support/ledger-tools.ts'
import type { Child } from '../harness/child.ts'
import { beginCourse } from '../harness/course.ts'
import type { Random } from '../harness/random.ts'
import { stuckMs } from '../harness/run.ts'
import { scripted, type Turn, words } from '../harness/script.ts'
import { uuidOf } from '../harness/wire.ts'
import { World } from '../harness/world.ts'
import type { Evidence } from '../invariants/evidence.ts'
import { answersIn, ofType } from '../invariants/log.ts'
import type { Scenario } from './scenario.ts'

const restarts = 5
const slots = 4
const rounds = { short: 1, long: 10 }
const { pure, idempotent, transactional, keyed, at_most_once: once } = ledgerToolNames

/** So slow that every restart falls into it. */
const slowAnswer: Turn = { capabilities: [], text: scripted([{ text: words(300, 'word'), token_ms: 20 }]) }

const eight = [once, keyed, once, pure, transactional, once, idempotent, keyed]
const eightCalls = (random: Random): Turn => {
  const tool_calls = eight.map((name, n) => ({ name, arguments: { n, ms: random.between(20, 150) } }))
  return { capabilities: ['ledger_tools'], text: scripted([{ text: 'All at once.', tool_calls }, { text: words(5, 'last') }]) }
}

interface Found {
  violations: string[]
  figures: Record<string, number>
}

/** The workers of this scenario by name; a name outlives its process. */
class Crew {
  readonly #world: World
  readonly #children = new Map<string, Child>()

  constructor(world: World) {
    this.#world = world
  }

  async join(name: string): Promise<void> {
    const addresses = await this.#world.balancers()
    const address = addresses[this.#children.size % addresses.length]
    this.#children.set(name, await this.#world.addWorker({ slots, name, ...(address ? { address } : {}) }))
  }

  /** Whoever runs the session's step. */
  async holder(session: string): Promise<string> {
    const holders = `select w.name from tasks t join workers w on w.incarnation = t.claimed_by
      where t.session_id = $1 and t.status = 'claimed' order by t.claimed_at`
    for (const until = Date.now() + stuckMs; Date.now() < until; await wait(10)) {
      const { rows } = await this.#world.db.query<{ name: string }>(holders, [uuidOf(session)])
      if (rows[0]) return rows[0].name
    }
    throw new Error('nobody holds the step')
  }

  /** In good order, as a deployment does it. */
  async restart(name: string): Promise<void> {
    const child = this.#children.get(name)
    child?.signal('SIGTERM')
    await child?.died
    this.#world.forgetDead()
    await this.join(name)
  }

  /** Killed; another process has its name at once. */
  async replace(name: string): Promise<void> {
    await this.#children.get(name)?.kill()
    this.#world.forgetDead()
    await this.join(name)
  }
}

async function restartInOneCall(world: World, random: Random, crew: Crew): Promise<Found> {
  const course = await beginCourse(world, slowAnswer)
  const seen = new Set<string>()
  for (let n = 0; n <= restarts; n += 1) {
    const isPiece = ({ type, context }: (typeof course.reader.events)[number]) =>
      type === 'output.message.delta' && !seen.has(context.exec_id ?? '')
    const piece = await course.reader.until('a piece of the next attempt', isPiece, stuckMs)
    seen.add(piece.context.exec_id ?? '')
    await wait(random.between(0, 100))
    const name = await crew.holder(course.session)
    await (n < restarts ? crew.restart(name) : crew.replace(name))
  }
  let recovered = 0
  const violations = await course.settle(({ events, tasks }) => {
    recovered = ofType(events, 'reason.recovered').length
    return [
      ...(answersIn(events).length === 1 ? [] : [`${answersIn(events).length} answers`]),
      ...(tasks.length === 1 && (tasks[0]?.attempt ?? 0) === restarts + 2 ? [] : [`tasks: ${JSON.stringify(tasks)}`]),
      ...(recovered === restarts + 1 ? [] : [`readers were told of ${recovered} attempts that were given up`]),
    ]
  })
  const { rows } = await world.db.query<{ failures: number }>('select failures from tasks where session_id = $1', [
    uuidOf(course.session),
  ])
  // A restart costs nothing; only the one that was killed is counted.
  if (rows[0]?.failures !== 1) violations.push(`the model call was charged ${rows[0]?.failures} failures`)
  return { violations, figures: { 'attempts given up in one model call': recovered } }
}

/** A model is shown the results as they stand in the log, each once: whoever reads the log later builds the same prompt. */
function resultsInOrder({ events }: Evidence): string[] {
  const called = answersIn(events)[0]?.message.content.flatMap(({ type, id }) => (type === 'tool_call' && id ? [id] : [])) ?? []
  const stored = ofType(events, 'tool.completed').map(({ data }) => data.tool_call_id)
  const shown = (ofType(events, 'llm.generation').at(-1)?.data.messages ?? [])
    .flatMap(({ content }) => content.flatMap((part) => part.tool_call_id ?? []))
    .filter((id) => called.includes(id))
  return called.length === eight.length && shown.join() === stored.join()
    ? []
    : [`${called.length} calls; their results are stored as ${stored}, and the model was shown ${shown}`]
}

async function killAmidCalls(world: World, random: Random, crew: Crew): Promise<Found> {
  const course = await beginCourse(world, eightCalls(random))
  const amid = random.between(1, 5)
  const isAmid = () => course.reader.events.filter(({ type }) => type === 'tool.completed').length >= amid
  await course.reader.until('some of the results', isAmid, stuckMs)
  await crew.replace(random.oneOf(['first', 'second']))
  let processes = 0
  const violations = await course.settle((evidence) => {
    processes = new Set(evidence.ledger.map(({ pid }) => pid)).size
    return resultsInOrder(evidence)
  })
  return { violations, figures: { processes } }
}

export const rolling: Scenario = {
  name: 'rolling: workers are restarted within one model call, and killed amid eight calls',
  inSuite: true,
  async run(random, { form }) {
    const world = await World.open(2)
    const crew = new Crew(world)
    try {
      await crew.join('first')
      await crew.join('second')
      const calls: Found[] = []
      const batches: Found[] = []
      for (let n = 0; n < rounds[form]; n += 1) {
        calls.push(await restartInOneCall(world, random, crew))
        for (let kill = 0; kill < 2; kill += 1) batches.push(await killAmidCalls(world, random, crew))
      }
      const violations = [...calls, ...batches].flatMap((found) => found.violations)
      const most = Math.max(...batches.map(({ figures }) => figures.processes ?? 0))
      if (most < 2) violations.push('the calls never ran on two workers: nothing was tried')
      const given = calls.reduce((sum, { figures }) => sum + (figures['attempts given up in one model call'] ?? 0), 0)
      return {
        runs: calls.length + batches.length,
        violations,
        recoveriesMs: [],
        figures: { 'model calls': calls.length, 'attempts given up in them': given, 'batches of eight calls': batches.length },
      }
    } finally {
      await world.close()
    }
  },
}
