// Reads the environment once, as a whole: every value parsed, every refusal one sentence a person can act on.
import { guardedPrefixes, ignoredNames, type Setting, settingGroups } from './setting-names.ts'

type Groups = typeof settingGroups
type Entries = { [G in keyof Groups]: (entries: Groups[G]) => void }[keyof Groups] extends (entries: infer All) => void
  ? All
  : never
type ValueOf<S> = S extends Setting<infer T, infer D> ? (D extends null ? T | null : T) : never

/** The value of every setting under its name in the environment; null where one is not set and has no default. */
export type Settings = { readonly [Name in keyof Entries]: ValueOf<Entries[Name]> }
type AnySetting = Setting<unknown, string | null>

export type Environment = Readonly<Record<string, string | undefined>>

// Object.entries forgets which value type belongs to which name; `Settings` above says it again.
const table: [string, AnySetting][] = Object.values(settingGroups).flatMap((group) => Object.entries<AnySetting>(group))

/** A setting that is set to nothing counts as not set. */
const given = (env: Environment, { formerly = [] }: AnySetting, name: string): [string, string] | null => {
  const used = [name, ...formerly].find((candidate) => env[candidate]?.trim())
  return used ? [used, env[used]?.trim() ?? ''] : null
}

function read(env: Environment, name: string, setting: AnySetting): unknown {
  const [used, value] = given(env, setting, name) ?? [name, setting.default]
  if (value === null) return null
  const parsed = setting.kind.schema.safeParse(value)
  if (parsed.success) return parsed.data
  const shown = setting.secret ? 'is set to something else, but' : `is "${value.slice(0, 100)}", but`
  throw new Error(`${used} ${shown} must be ${setting.kind.allowed}.`)
}

const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row[b.length] ?? 0
}

function refuseTypos(env: Environment): void {
  const known = table.flatMap(([name, { formerly = [] }]) => [name, ...formerly])
  const all = new Set<string>([...known, ...ignoredNames])
  for (const name of Object.keys(env)) {
    if (all.has(name) || !guardedPrefixes.some((prefix) => name.startsWith(prefix))) continue
    const nearest = known.reduce((best, candidate) => (distance(name, candidate) < distance(name, best) ? candidate : best))
    const hint = distance(name, nearest) <= 4 ? ` Did you mean ${nearest}?` : ''
    throw new Error(`${name} is set, but there is no such setting.${hint}`)
  }
}

// What two settings must be to each other.
function refuseContradictions(settings: Settings): void {
  const { DURABLE_LEASE_MS: lease, DURABLE_BEAT_MS: beat } = settings
  if (beat * 3 > lease)
    throw new Error(`DURABLE_BEAT_MS is "${beat}", but must be at most a third of DURABLE_LEASE_MS (${lease}).`)
  if (!settings.WORKER_GRPC_TLS_CERT !== !settings.WORKER_GRPC_TLS_KEY) {
    throw new Error('WORKER_GRPC_TLS_CERT and WORKER_GRPC_TLS_KEY must be set together.')
  }
}

/** Everything the environment says. Throws one sentence at the first value that cannot be used. */
export function readSettings(env: Environment): { settings: Settings; warnings: string[] } {
  refuseTypos(env)
  // The table's type and this one are derived from the same entries; Object.fromEntries cannot say so.
  const settings = Object.fromEntries(table.map(([name, setting]) => [name, read(env, name, setting)])) as Settings
  refuseContradictions(settings)
  const warnings = ignoredNames.filter((name) => env[name]).map((name) => `${name} is set, but means nothing here.`)
  return { settings, warnings }
}
