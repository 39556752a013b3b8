// Session state after every commit: what a tool wrote, it wrote over what it had read.
import type { Change } from '../database/tables.ts'

export function valueBreaches(changes: readonly Change[]): string[] {
  return changes.flatMap((change) => {
    if (change.table !== 'values' || change.after.by.startsWith('a person')) return []
    const found = change.before ? String(change.before.revision) : null
    return found === change.after.base
      ? []
      : [`${change.after.by} had read revision ${change.after.base} and wrote over ${found}`]
  })
}
