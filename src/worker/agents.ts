// The agent of a configuration. Sessions whose layers say the same share what is merged; the steps of one turn share the prompt too,
// which depends on the input's time.
import type { CapabilityRegistry } from '../contract/capability.ts'
import type { Controls } from '../contract/message.ts'
import { type BoundTool, type MergedAgent, mergedAgent, prompted, type RuntimeAgent } from '../turn/runtime-agent.ts'
import type { SessionConfig } from '../turn/session-config.ts'
import { WeighedCache } from './weighed-cache.ts'

export interface Place {
  locale: string
  timezone: string
}

/** The message's choice, else the session's. */
export function placeOf(config: SessionConfig, controls: Controls): Place {
  const timezone = controls.hints?.timezone ?? config.hints.timezone
  return {
    locale: controls.locale ?? config.locale ?? 'en',
    timezone: typeof timezone === 'string' ? timezone : 'UTC',
  }
}

/** Characters of layers whose merged agents are kept. */
const mergedMax = 16 * 1024 * 1024

export class Agents {
  readonly #registry: CapabilityRegistry
  /** By what the layers say: sessions of one agent share it. */
  readonly #merged = new WeighedCache<MergedAgent>(mergedMax)
  /** One per configuration object: it lives as long as the configuration does in memory. */
  readonly #ofConfig = new WeakMap<SessionConfig, MergedAgent>()
  readonly #prompted = new WeakMap<SessionConfig, { key: string; agent: RuntimeAgent }>()

  constructor(registry: CapabilityRegistry) {
    this.#registry = registry
  }

  /** `inputAt`: the time of the input that is answered. */
  of(config: SessionConfig, place: Place, inputAt: Date): RuntimeAgent {
    const key = `${place.locale} ${place.timezone} ${inputAt.getTime()}`
    const known = this.#prompted.get(config)
    if (known?.key === key) return known.agent
    const agent = prompted(this.#mergedOf(config), { inputAt, ...place })
    this.#prompted.set(config, { key, agent })
    return agent
  }

  /** Tools do not depend on when or where. */
  tool(config: SessionConfig, name: string): BoundTool | undefined {
    return this.#mergedOf(config).tools.find((tool) => tool.name === name)
  }

  #mergedOf(config: SessionConfig): MergedAgent {
    const known = this.#ofConfig.get(config)
    if (known) return known
    const said = JSON.stringify(config.layers.map(({ id: _id, name: _name, ...rest }) => rest))
    const merged = this.#merged.get(said) ?? mergedAgent(config.layers, this.#registry)
    this.#merged.set(said, merged, said.length)
    this.#ofConfig.set(config, merged)
    return merged
  }
}
