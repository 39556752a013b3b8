// A cache bounded by bytes: the least recently used entries go first.

export class ByteLru<V> {
  private readonly entries = new Map<string, { value: V; bytes: number }>()
  private readonly maxBytes: number
  private total = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  get(key: string): V | undefined {
    const entry = this.entries.get(key)
    if (!entry) return undefined
    this.entries.delete(key)
    this.entries.set(key, entry)
    return entry.value
  }

  /** Stores a value, or says that a stored one has grown. The newest entry stays even when it alone is over the bound. */
  set(key: string, value: V, bytes: number): void {
    this.total += bytes - (this.entries.get(key)?.bytes ?? 0)
    this.entries.delete(key)
    this.entries.set(key, { value, bytes })
    for (const [oldest, entry] of this.entries) {
      if (this.total <= this.maxBytes || oldest === key) break
      this.entries.delete(oldest)
      this.total -= entry.bytes
    }
  }
}
