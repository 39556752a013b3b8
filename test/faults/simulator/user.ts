// People with one session: they post messages, cancel, answer tools that are theirs to answer, and ask again while nobody answers.
import { Problem } from '../../../src/contract/problem.ts'
import type { Item } from '../../../src/durable/index.ts'
import { type AcceptedMessage, acceptItem } from '../../../src/resources/turns/accept.ts'
import { cancelItem, resultsItem } from '../../../src/resources/turns/control.ts'
import { type Actor, actor } from './clock.ts'
import type { World } from './world.ts'

/** A client-side call is waited for so long; milliseconds. */
/** Nobody puts configurations together here: contexts are the simulator's own. */
const accepting = { toolResultTimeoutMs: 4_000, configs: { prepare() {} } }
const askAgainMs = 100

/** What was sent, and what was answered. */
export interface Post {
  text: string
  accepted: AcceptedMessage | null
  /** Sent with a key: sent again until it is accepted. */
  isKeyed: boolean
}

export class User {
  readonly actor: Actor
  readonly orgId: string
  readonly sessionId: string
  readonly posts: Post[] = []
  /** Errors that no caller should see. */
  readonly surprises: string[] = []
  readonly #world: World
  #open = 0

  constructor(world: World, name: string, orgId: string, sessionId: string) {
    this.#world = world
    this.orgId = orgId
    this.actor = actor(name)
    this.sessionId = sessionId
  }

  get isDone(): boolean {
    return this.#open === 0
  }

  /** Everything this user will do, at times the seed says. */
  plan(overMs: number): void {
    const { clock, random } = this.#world
    const at = (what: () => Promise<void>) => {
      this.#open += 1
      clock.after(random.next() * overMs, this.actor, () => void what().finally(() => (this.#open -= 1)))
    }
    for (let n = random.between(1, 5); n > 0; n -= 1) at(() => this.#post(`${this.actor.name} says ${n}`, random.next() < 0.7))
    if (random.next() < 0.3) at(() => this.#cancel())
    for (let n = random.between(0, 8); n > 0; n -= 1) at(() => this.#answerTools())
  }

  async #post(text: string, isKeyed: boolean): Promise<void> {
    const post: Post = { text, accepted: null, isKeyed }
    this.posts.push(post)
    const content = [{ type: 'text' as const, text }]
    const message = { content, ...(isKeyed ? { key: text } : {}) }
    post.accepted = await this.#submit(() => acceptItem(this.orgId, this.sessionId, message, accepting), isKeyed)
    if (post.accepted) this.#world.say(this.actor, () => `accepted as ${post.accepted?.sequence}: ${text}`)
  }

  async #cancel(): Promise<void> {
    await this.#submit(() => cancelItem(this.orgId, this.sessionId, 'user'), false)
  }

  /** Answers what waits now, as the log shows it; sometimes twice at once, the second time otherwise. */
  async #answerTools(): Promise<void> {
    const { database, random } = this.#world
    const waiting = [...database.tables.tasks.values()].filter(
      (task) => task.sessionId === this.sessionId && task.status === 'waiting',
    )
    if (waiting.length === 0) return
    const results = waiting.map(({ key }) => ({ tool_call_id: key, result: random.between(1, 9) }))
    const asked = [results, ...(random.next() < 0.2 ? [results.map(({ tool_call_id }) => ({ tool_call_id, error: 'no' }))] : [])]
    await Promise.all(
      asked.map((given, n) =>
        this.#submit(() => resultsItem(this.orgId, this.sessionId, given, `${waiting[0]?.key} ${n}`), true),
      ),
    )
  }

  /** Null when it was refused, or (unless it may be sent again) nobody answered. */
  async #submit<R>(item: () => Item<R>, mayRepeat: boolean): Promise<R | null> {
    for (;;) {
      try {
        return await this.#world.network.ask(this.actor, (plane) => plane.engine.submit(item()))
      } catch (error) {
        const kind = error instanceof Problem ? error.kind : undefined
        if (kind === undefined) this.surprises.push(String(error))
        if (kind !== 'unavailable') return null
        if (!mayRepeat) return null
        await new Promise((resolve) => setTimeout(resolve, askAgainMs))
      }
    }
  }
}
