// What a tool call asks of its session, and what it depends on: every entry is read once per call, so that the whole call sees one
// state and a write knows the revision it was made on.
import type { Json } from '../../contract/json.ts'

export type Ask = (operation: string, input: Json) => Promise<Json>

/** An entry as it was first seen; null where there was none. */
export interface Seen<T> {
  value: T
  revision: string
}

export class FirstReads<T> {
  readonly #seen = new Map<string, Promise<Seen<T> | null>>()
  readonly #fetch: (key: string) => Promise<Seen<T> | null>

  constructor(fetch: (key: string) => Promise<Seen<T> | null>) {
    this.#fetch = fetch
  }

  read(key: string): Promise<Seen<T> | null> {
    const known = this.#seen.get(key)
    if (known) return known
    const fetched = this.#fetch(key)
    this.#seen.set(key, fetched)
    // A failed read may be tried again.
    fetched.catch(() => this.#seen.delete(key))
    return fetched
  }

  /** Takes what a list answered, unless the entry was seen before. */
  note(key: string, seen: Seen<T>): void {
    if (!this.#seen.has(key)) this.#seen.set(key, Promise.resolve(seen))
  }
}
