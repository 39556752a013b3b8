// Lists of a batch: what its views hold, and rows by what they belong to.
import type { HeadView } from './view.ts'

/** A loop, because every batch runs it a dozen times and `flatMap` takes eight times as long. */
export function gathered<T>(views: readonly HeadView[], of: (view: HeadView) => Iterable<T>): T[] {
  const all: T[] = []
  for (const view of views) for (const one of of(view)) all.push(one)
  return all
}

/** Rows by key, in their order. */
export function grouped<T, K>(rows: readonly T[], keyOf: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}
