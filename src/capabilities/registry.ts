// Finds capabilities by id or by an old id. What is registered is checked here, once, at start.
import type { Capability, CapabilityRegistry } from '../contract/capability.ts'

const reserved = '__everruns_'

/** Throws (at start, to whoever wrote the capability) on a malformed or reserved id and on a name taken twice, alias or not. */
export function capabilityRegistry(capabilities: readonly Capability[]): CapabilityRegistry {
  const byName = new Map<string, Capability>()
  for (const capability of capabilities) {
    for (const name of [capability.id, ...(capability.aliases ?? [])]) {
      if (name.startsWith(reserved)) throw new Error(`capability ${name}: ${reserved} is reserved`)
      if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`capability ${name}: ids are snake_case`)
      if (byName.has(name)) throw new Error(`capability ${name} is registered twice`)
      byName.set(name, capability)
    }
  }
  const all = [...capabilities]
  return { all: () => all, find: (ref) => byName.get(ref) }
}
