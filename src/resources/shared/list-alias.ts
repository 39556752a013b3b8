// The official TypeScript SDK reads three lists under the noun's own name where the contract says `data`.

/** The same list under both keys. The second one is in no schema, so no document shows it. */
export const withAlias = <P extends { data: unknown[] }>(page: P, key: 'agents' | 'sessions' | 'messages'): P => ({
  ...page,
  [key]: page.data,
})
