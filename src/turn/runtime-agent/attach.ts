// From selected refs to attached capabilities: dependencies join before what needs them, configs are parsed, the rest is reported.
import type { z } from 'zod'
import type { Capability, CapabilityRegistry } from '../../contract/capability.ts'
import type { Json } from '../../contract/json.ts'
import type { Layer } from '../session-config.ts'
import type { Overlay, Selection } from './merge.ts'

export interface AttachedCapability {
  capability: Capability
  /** As the capability's schema parsed it. */
  config: Json
  /** The kind of layer that names it; of what needs it, for a dependency. */
  level: Layer['source']
}

export interface RuntimeIssue {
  rule: 'capability.unknown' | 'capability.cycle' | 'capability.limit' | 'capability.config' | 'tool.duplicate'
  /** A capability ref, or a tool's name. */
  ref: string
  message: string
}

/** More is a mistake of whoever generates configurations, not an agent. */
const maxAttached = 100

/** The capability that holds files; there whenever files are. */
const fileSystem = 'session_file_system'

/**
 * Attaches what the merged layers select. Dependencies are resolved depth-first; one the registry does not know is skipped silently.
 */
export function attach(
  merged: Overlay,
  registry: CapabilityRegistry,
): { capabilities: AttachedCapability[]; issues: RuntimeIssue[] } {
  const walk = new Walk(registry, merged.selections)
  for (const selection of merged.selections) {
    const capability = registry.find(selection.id)
    if (capability) walk.visit(capability, selection.level, [])
    else walk.report('capability.unknown', selection.id, `no capability ${selection.id} is registered here`)
  }
  const files = merged.filesFrom && registry.find(fileSystem)
  if (merged.filesFrom && files) walk.visit(files, merged.filesFrom, [])
  return { capabilities: [...walk.attached.values()], issues: walk.issues }
}

/**
 * A stored config as the capability reads it: `{ config }` with defaults filled in, or `{ problem }`, a sentence for whoever wrote it.
 * A capability without a schema takes anything.
 */
export function parseConfig(capability: Capability, config: Json | undefined): { config: Json } | { problem: string } {
  if (!capability.config) return { config: config ?? {} }
  const parsed = capability.config.safeParse(config ?? {})
  if (!parsed.success) return { problem: `config of ${capability.id}: ${sentence(parsed.error)}` }
  // A config schema reads JSON and gives JSON; its type is not known here.
  return { config: parsed.data as Json }
}

const sentence = (error: z.ZodError): string => error.issues.map((issue) => [...issue.path, issue.message].join(': ')).join('; ')

class Walk {
  readonly attached = new Map<string, AttachedCapability>()
  readonly issues: RuntimeIssue[] = []
  private readonly selected: Map<string, Selection>
  private readonly registry: CapabilityRegistry

  constructor(registry: CapabilityRegistry, selections: readonly Selection[]) {
    this.registry = registry
    this.selected = new Map(selections.map((selection) => [selection.id, selection]))
  }

  visit(capability: Capability, level: Layer['source'], path: readonly string[]): void {
    const { id } = capability
    if (path.includes(id)) this.report('capability.cycle', id, `${[...path, id].join(' → ')} need each other`)
    if (path.includes(id) || this.attached.has(id)) return
    for (const ref of capability.dependencies ?? []) {
      const dependency = this.registry.find(ref)
      if (dependency) this.visit(dependency, this.selected.get(dependency.id)?.level ?? level, [...path, id])
    }
    if (this.attached.size >= maxAttached) this.report('capability.limit', id, `${id} is one too many capabilities`)
    else this.attached.set(id, { capability, config: this.configOf(capability), level })
  }

  report(rule: RuntimeIssue['rule'], ref: string, message: string): void {
    this.issues.push({ rule, ref, message })
  }

  /** Configs are refused on write; one that no longer fits must not stop a session, so it falls back to the defaults. */
  private configOf(capability: Capability): Json {
    const parsed = parseConfig(capability, this.selected.get(capability.id)?.config ?? undefined)
    if ('config' in parsed) return parsed.config
    this.report('capability.config', capability.id, parsed.problem)
    const defaults = parseConfig(capability, undefined)
    return 'config' in defaults ? defaults.config : {}
  }
}
