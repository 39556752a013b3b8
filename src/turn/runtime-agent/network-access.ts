// What an agent may reach: every layer can only narrow it. Patterns: `example.com` (that host), `*.example.com` (it and all below),
// `https://host/path/` (that prefix).
import type { NetworkAccess } from '../session-config.ts'

export interface NetworkRule {
  /** Null: anything that is not blocked. An empty list: nothing. (A layer's own empty list means no restriction.) */
  allowed: string[] | null
  /** Wins over `allowed`. */
  blocked: string[]
}

/** A layer's own setting as a rule. */
export const networkRule = (access: NetworkAccess | null): NetworkRule => ({
  allowed: access?.allowed?.length ? [...new Set(access.allowed)] : null,
  blocked: [...new Set(access?.blocked)],
})

/** Both rules at once: what both allow, and what either blocks. */
export const narrowed = (base: NetworkRule, overlay: NetworkRule): NetworkRule => ({
  allowed: base.allowed && overlay.allowed ? intersection(base.allowed, overlay.allowed) : (base.allowed ?? overlay.allowed),
  blocked: [...new Set([...base.blocked, ...overlay.blocked])],
})

/** Two patterns either lie in one another or have nothing in common, so the narrower one of each pair is the whole intersection. */
const intersection = (these: readonly string[], those: readonly string[]): string[] => [
  ...new Set(these.flatMap((a) => those.flatMap((b) => (covers(a, b) ? [b] : covers(b, a) ? [a] : [])))),
]

/** Whether everything the narrow pattern matches is matched by the wide one. */
function covers(wide: string, narrow: string): boolean {
  if (wide.includes('://')) return narrow.startsWith(wide)
  const host = hostOf(narrow)
  if (!wide.startsWith('*.')) return host === wide.toLowerCase()
  const domain = wide.slice(2).toLowerCase()
  const inside = host.startsWith('*.') ? host.slice(2) : host
  return inside === domain || inside.endsWith(`.${domain}`)
}

const hostOf = (pattern: string): string => {
  const afterScheme = pattern.includes('://') ? pattern.slice(pattern.indexOf('://') + 3) : pattern
  return (afterScheme.split('/')[0] ?? '').toLowerCase()
}
