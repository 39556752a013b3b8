// A session's values (or secrets) with one call's own writes on top. The writes commit with the call's result, or not at all.
import type { ValueEntry, ValueStore } from '../../contract/capability.ts'
import type { ListedValue, ReadValue } from '../../contract/session-reads.ts'
import type { Effect } from '../../contract/workflow.ts'
import { type Ask, FirstReads } from './reads.ts'

/** Which operations answer, what they call a key, and who applies the effects. */
export interface ValuePlace {
  store: 'values' | 'secrets'
  get: string
  list: string
  keyName: 'key' | 'name'
}

export const valuesPlace: ValuePlace = {
  store: 'values',
  get: 'get_session_value',
  list: 'list_session_values',
  keyName: 'key',
}
export const secretsPlace: ValuePlace = {
  store: 'secrets',
  get: 'get_session_secret',
  list: 'list_session_secrets',
  keyName: 'name',
}

export class ValueOverlay implements ValueStore {
  readonly #ask: Ask
  readonly #place: ValuePlace
  readonly #now: () => Date
  readonly #reads: FirstReads<ReadValue>
  /** Null: deleted here. */
  readonly #written = new Map<string, { value: string; entry: ValueEntry } | null>()

  constructor(ask: Ask, place: ValuePlace, now: () => Date) {
    this.#ask = ask
    this.#place = place
    this.#now = now
    this.#reads = new FirstReads(async (key) => {
      // The operation's output schema; it was checked where it was made.
      const found = (await ask(place.get, { [place.keyName]: key })) as ReadValue | null
      return found && { value: found, revision: found.revision }
    })
  }

  async get(key: string): Promise<string | null> {
    const written = this.#written.get(key)
    if (written !== undefined) return written?.value ?? null
    return (await this.#reads.read(key))?.value.value ?? null
  }

  async set(key: string, value: string): Promise<void> {
    const before = await this.#reads.read(key)
    const updatedAt = this.#now().toISOString()
    this.#written.set(key, { value, entry: { key, createdAt: before?.value.entry.createdAt ?? updatedAt, updatedAt } })
  }

  async delete(key: string): Promise<boolean> {
    const was = await this.get(key)
    if (was !== null) this.#written.set(key, null)
    return was !== null
  }

  async list(): Promise<ValueEntry[]> {
    // As above.
    const listed = (await this.#ask(this.#place.list, {})) as unknown as ListedValue[]
    const untouched = listed.map(({ entry }) => entry).filter(({ key }) => !this.#written.has(key))
    const own = [...this.#written.values()].flatMap((written) => (written ? [written.entry] : []))
    return [...untouched, ...own].sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  /** Everything written, each with the revision it was written on. */
  async effects(): Promise<Effect[]> {
    const effects: Effect[] = []
    for (const [key, written] of this.#written) {
      const base = (await this.#reads.read(key))?.revision ?? null
      if (written || base !== null) {
        effects.push({ store: this.#place.store, key, base, write: written && { value: written.value } })
      }
    }
    return effects
  }
}
