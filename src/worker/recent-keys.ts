// The last so many keys, oldest forgotten first.
export interface RecentKeys {
  add(key: string): void
  has(key: string): boolean
}

export function recentKeys(limit: number): RecentKeys {
  const keys = new Set<string>()
  return {
    add(key) {
      keys.delete(key)
      keys.add(key)
      // A Set iterates in the order of insertion.
      for (const oldest of keys) {
        if (keys.size <= limit) return
        keys.delete(oldest)
      }
    },
    has: (key) => keys.has(key),
  }
}
