// Folds the layers of a session into one. Each field has its own rule; the fold is associative, so a harness chain may be merged ahead.
import type { CapabilityRegistry } from '../../contract/capability.ts'
import type { Json, JsonObject } from '../../contract/json.ts'
import { treePath } from '../../contract/paths.ts'
import type { ClientTool, InitialFile, Layer } from '../session-config.ts'
import { type NetworkRule, narrowed, networkRule } from './network-access.ts'

/** A capability that a layer names. `id` is canonical where the registry knows the ref, else the ref itself. */
export interface Selection {
  id: string
  config: Json
  /** The outermost kind of layer that names it. */
  level: Layer['source']
}

/** Any number of layers as one. */
export interface Overlay {
  /** Outermost first, blank ones left out. */
  systemPrompts: string[]
  selections: Selection[]
  clientTools: ClientTool[]
  initialFiles: InitialFile[]
  /** The kind of the outermost layer that brings files; null without files. */
  filesFrom: Layer['source'] | null
  networkAccess: NetworkRule
  mcpServers: JsonObject
  modelId: string | null
  maxIterations: number | null
  parallelToolCalls: boolean | null
}

const nothing: Overlay = {
  systemPrompts: [],
  selections: [],
  clientTools: [],
  initialFiles: [],
  filesFrom: null,
  networkAccess: { allowed: null, blocked: [] },
  mcpServers: {},
  modelId: null,
  maxIterations: null,
  parallelToolCalls: null,
}

export const foldLayers = (layers: readonly Layer[], registry: CapabilityRegistry): Overlay =>
  layers.reduce((base, layer) => merge(base, overlayOf(layer, registry)), nothing)

/** One layer, its own duplicates resolved. Initial files whose path is none are left out: the door refuses them. */
export function overlayOf(layer: Layer, registry: CapabilityRegistry): Overlay {
  const initialFiles = layer.initialFiles.flatMap((file) => {
    const path = treePath(file.path)
    return path && path !== '/' ? [{ ...file, path }] : []
  })
  const selections = layer.capabilities.map(({ ref, config }) => ({
    id: registry.find(ref)?.id ?? ref,
    config: config ?? null,
    level: layer.source,
  }))
  return {
    systemPrompts: layer.systemPrompt?.trim() ? [layer.systemPrompt.trim()] : [],
    selections: union(selections, (selection) => selection.id, withOverlayConfig),
    clientTools: union(layer.tools, (tool) => tool.name, keepBase),
    initialFiles: union(initialFiles, (file) => file.path, keepOverlay),
    filesFrom: initialFiles.length > 0 ? layer.source : null,
    networkAccess: networkRule(layer.networkAccess),
    mcpServers: layer.mcpServers,
    modelId: layer.modelId,
    maxIterations: layer.maxIterations,
    parallelToolCalls: layer.parallelToolCalls,
  }
}

/** The overlay lies inside the base: it appends, narrows, or wins. */
export const merge = (base: Overlay, overlay: Overlay): Overlay => ({
  systemPrompts: [...base.systemPrompts, ...overlay.systemPrompts],
  selections: union([...base.selections, ...overlay.selections], (selection) => selection.id, withOverlayConfig),
  clientTools: union([...base.clientTools, ...overlay.clientTools], (tool) => tool.name, keepBase),
  initialFiles: union([...base.initialFiles, ...overlay.initialFiles], (file) => file.path, keepOverlay),
  filesFrom: base.filesFrom ?? overlay.filesFrom,
  networkAccess: narrowed(base.networkAccess, overlay.networkAccess),
  mcpServers: { ...base.mcpServers, ...overlay.mcpServers },
  modelId: overlay.modelId ?? base.modelId,
  maxIterations: overlay.maxIterations ?? base.maxIterations,
  parallelToolCalls: overlay.parallelToolCalls ?? base.parallelToolCalls,
})

/** Each key once, where it first stood; `choose` says what stands there. */
function union<T>(items: readonly T[], keyOf: (item: T) => string, choose: (base: T, overlay: T) => T): T[] {
  const byKey = new Map<string, T>()
  for (const item of items) {
    const base = byKey.get(keyOf(item))
    byKey.set(keyOf(item), base === undefined ? item : choose(base, item))
  }
  return [...byKey.values()]
}

const keepBase = <T>(base: T): T => base
const keepOverlay = <T>(_base: T, overlay: T): T => overlay
/** A layer that only names a capability leaves its configuration to the base. */
const withOverlayConfig = (base: Selection, overlay: Selection): Selection => ({ ...base, config: overlay.config ?? base.config })
