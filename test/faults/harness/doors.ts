// The control plane dies around the commit of what a client asks for during a turn: its tools' results, a cancel, a file, another
// message. The client asks again, under the same key.
import { setTimeout as wait } from 'node:timers/promises'
import { readEvidence } from '../invariants/evidence.ts'
import { calls, ofType, sequences } from '../invariants/log.ts'
import { transcripts } from '../invariants/readers.ts'
import { firstPlane, oneWorker, planeRepaired } from './faults.ts'
import type { Random } from './random.ts'
import { Reader } from './reader.ts'
import { Missed, type Outcome, runOnce, stuckMs } from './run.ts'
import { callCount, fullTurn, pieces, scripted, type Turn, words } from './script.ts'
import { uuidOf, type WireEvent } from './wire.ts'
import type { World } from './world.ts'

/** The place is armed when the request is made; answers with what the patient client was told, and when the process died. */
async function askedAround(world: World, failpoints: string, ask: () => Promise<unknown>) {
  const plane = firstPlane(world)
  await plane.child.arm(failpoints)
  const asking = ask()
  await Promise.race([plane.child.died, asking])
  if (plane.child.diedAt === null) throw new Missed()
  const at = plane.child.diedAt
  return { at, asking, plane }
}

const question = 'ask_somebody'

/** An answer that asks the client, and one that ends the turn. */
const askingTurn: Turn = {
  capabilities: [],
  session: {
    tools: [{ type: 'client_side', name: question, description: 'Asks.', parameters: { type: 'object', properties: {} } }],
  },
  text: scripted([
    { text: words(pieces.first, 'first'), tool_calls: [{ name: question, arguments: {} }] },
    { text: words(pieces.last, 'last') },
  ]),
}

/** The results of client-side tools are given while the control plane dies. */
export const resultsGiven = (world: World, random: Random, failpoints: string): Promise<Outcome> =>
  runOnce(world, random, askingTurn, {
    prepare: () => oneWorker(world),
    async strike(_ended, { session, reader }) {
      const { data } = await reader.until('the wait for results', ({ type }) => type === 'tool.call_requested', stuckMs)
      const tool_results = data.tool_calls?.map(({ id }) => ({ tool_call_id: id, result: 'Nobody is there.' }))
      const give = () => world.api.ask('POST', `/v1/sessions/${session}/tool-results`, { tool_results })
      const { at, asking, plane } = await askedAround(world, failpoints, give)
      await world.restart(plane)
      await asking
      return at
    },
    repair: () => planeRepaired(world, firstPlane(world)),
    check: ({ events }) => {
      const given = ofType(events, 'tool.completed').filter(({ data }) => data.tool_name === question)
      return given.length === 1 && given[0]?.data.status === 'success' ? [] : [`the client's call has ${given.length} results`]
    },
  })

/** The whole turn, cancelled at any moment of it. What was under way is told to stop; the next message is answered. */
export async function turnCancelled(world: World, random: Random, failpoints: string): Promise<Outcome> {
  await oneWorker(world)
  const turn = fullTurn(random)
  const session = await world.api.createSession(turn.capabilities)
  const reader = new Reader(() => world.urls(), session)
  const cancel = () => world.api.ask('POST', `/v1/sessions/${session}/cancel`)
  try {
    const first = await world.api.post(session, turn.text)
    const least = random.between(3, 3 + callCount)
    await reader.until('the moment to cancel', ({ sequence }) => sequence >= least, stuckMs)
    await wait(random.between(0, 150))
    const { at, asking, plane } = await askedAround(world, failpoints, cancel)
    await world.restart(plane)
    await asking
    await reader.idleAfter(first.sequence, stuckMs)
    const second = await world.api.post(session, 'Reply with exactly: go on')
    await reader.idleAfter(second.sequence, stuckMs)
    const evidence = await readEvidence({ house: world, session, accepted: [first, second], readers: [reader] })
    const problems = [sequences, calls, transcripts].flatMap((check) => check(evidence))
    const next = reader.events.find((event) => event.at > at && Date.parse(event.ts) > at)
    return {
      violations: [...problems, ...cancelledWell(evidence.events), ...effectsAtMostOnce(evidence.ledger)],
      recoveryMs: next ? next.at - at : null,
    }
  } catch (error) {
    if (error instanceof Missed) return { violations: [], recoveryMs: null, missed: true }
    return { violations: [`stuck: ${error}\n${await world.lastWords(session)}`], recoveryMs: null }
  } finally {
    reader.close()
    await planeRepaired(world, firstPlane(world))
  }
}

/** The first turn ended once, nothing of it came after its last words, and the second was answered. */
function cancelledWell(events: readonly WireEvent[]): string[] {
  const ends = ofType(events, 'turn.cancelled', 'turn.completed', 'turn.failed')
  const [end, next] = ends
  if (!end || !next || ends.length !== 2 || next.type !== 'turn.completed')
    return [`the turns ended as ${ends.map(({ type }) => type).join(', ')}`]
  if (end.type !== 'turn.cancelled') return []
  const late = events.filter(({ context, sequence }) => context.turn_id === end.context.turn_id && sequence > end.sequence)
  const lastWords = ['output.message.completed', 'session.idled']
  return late.filter(({ type }) => !lastWords.includes(type)).map(({ type }) => `${type} came after the turn was cancelled`)
}

/** Whatever was under way: no call that must not be repeated was made twice, or under two keys. */
function effectsAtMostOnce(ledger: readonly { tool: string; call: string; key: string }[]): string[] {
  const once = ledger.filter(({ tool }) => tool === 'ledger_once').map(({ call }) => call)
  const sent = ledger.filter(({ tool }) => tool === 'ledger_send')
  return [
    ...(new Set(once).size === once.length ? [] : ['an at-most-once call happened twice']),
    ...(new Set(sent.map(({ key }) => key)).size === new Set(sent.map(({ call }) => call)).size ? [] : ['a key changed']),
  ]
}

const file = '/notes.md'
const contents = { before: 'before '.repeat(30_000), after: 'after '.repeat(30_000) }

/** A file is replaced by a client: afterwards it is the old one or the new one, and once the client was answered the new one. */
export async function fileReplaced(world: World, _random: Random, failpoints: string): Promise<Outcome> {
  const { api, db } = world
  const session = await api.createSession(['session_file_system'])
  const at = `/v1/sessions/${session}/fs${file}`
  const content = async (): Promise<string> => {
    const { rows } = await db.query<{ content: string }>(
      `select convert_from(content, 'UTF8') as content from files
       where path = $2 and workspace_id = (select workspace_id from sessions where id = $1)`,
      [uuidOf(session), file],
    )
    return rows[0]?.content ?? ''
  }
  try {
    await api.ask('POST', at, { content: contents.before })
    const { asking, plane } = await askedAround(world, failpoints, () => api.ask('PUT', at, { content: contents.after }))
    const between = await content()
    await world.restart(plane)
    await asking
    const torn = Object.values(contents).includes(between) ? [] : [`the file held ${between.length} characters of neither`]
    return {
      violations: (await content()) === contents.after ? torn : [...torn, 'the file is not what its writer was told'],
      recoveryMs: null,
    }
  } catch (error) {
    if (error instanceof Missed) return { violations: [], recoveryMs: null, missed: true }
    return { violations: [`stuck: ${error}`], recoveryMs: null }
  } finally {
    await planeRepaired(world, firstPlane(world))
  }
}

/** A second message comes after the hand-off to the last answer and before that step's context is read. Nothing dies. */
export const messageBeforeContext = (world: World, random: Random): Promise<Outcome> =>
  runOnce(world, random, fullTurn(random), {
    async prepare() {
      await oneWorker(world)
      await firstPlane(world).child.arm('dispatch.before_context=sleep(100)')
    },
    async strike(_ended, { session, reader, accept }) {
      await reader.until('the last hand-off before an answer', ({ type }) => type === 'act.completed', stuckMs)
      accept(await world.api.post(session, 'Reply with exactly: this too'))
      return Date.now()
    },
    repair: () => planeRepaired(world, firstPlane(world)),
    check: ({ messages }) => {
      const said = messages.filter(({ role }) => role === 'agent').map(({ content }) => content.map(({ text }) => text).join(''))
      const answered = said.filter((text) => text === 'this too').length
      return answered === 1 ? [] : [`the second message was answered ${answered} times`]
    },
  })
