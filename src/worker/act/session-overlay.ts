// A session's facts with one call's own title on top.
import { createHash } from 'node:crypto'
import type { SessionFacts, SessionStore } from '../../contract/capability.ts'
import type { EventDraft } from '../../contract/events/index.ts'
import { draft } from '../../contract/events/index.ts'
import type { Effect } from '../../contract/workflow.ts'
import type { Ask } from './reads.ts'

export class SessionOverlay implements SessionStore {
  readonly #ask: Ask
  #facts: Promise<SessionFacts> | null = null
  #title: string | null = null

  constructor(ask: Ask) {
    this.#ask = ask
  }

  async facts(): Promise<SessionFacts> {
    const facts = await this.#stored()
    return this.#title === null ? facts : { ...facts, title: this.#title }
  }

  async setTitle(title: string): Promise<void> {
    await this.#stored()
    this.#title = title
  }

  async effects(): Promise<Effect[]> {
    const change = await this.#change()
    if (!change) return []
    // A title's revision is its hash: the whole of it, not a counter.
    const base = change.before === null ? null : createHash('md5').update(change.before).digest('hex')
    return [{ store: 'session', key: 'title', base, write: { title: change.title } }]
  }

  async events(): Promise<EventDraft[]> {
    const change = await this.#change()
    if (!change) return []
    const { title, before } = change
    return [draft('session.title.updated', { title, ...(before === null ? {} : { previous_title: before }) })]
  }

  async #change(): Promise<{ title: string; before: string | null } | null> {
    if (this.#title === null) return null
    const { title: before } = await this.#stored()
    return before === this.#title ? null : { title: this.#title, before }
  }

  #stored(): Promise<SessionFacts> {
    // The operation's output schema; it was checked where it was made.
    this.#facts ??= this.#ask('session_facts', {}) as Promise<unknown> as Promise<SessionFacts>
    return this.#facts
  }
}
