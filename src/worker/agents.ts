// The merged agent of a configuration. Steps of one turn share it: merging is pure, and a prompt only depends on the input's time.
import type { CapabilityRegistry } from '../contract/capability.ts'
import type { Controls } from '../contract/message.ts'
import { type BoundTool, type RuntimeAgent, runtimeAgent } from '../turn/runtime-agent.ts'
import type { SessionConfig } from '../turn/session-config.ts'

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

export class Agents {
  readonly #registry: CapabilityRegistry
  /** One per configuration object: it lives as long as the configuration does in memory. */
  readonly #merged = new WeakMap<SessionConfig, { key: string; agent: RuntimeAgent }>()

  constructor(registry: CapabilityRegistry) {
    this.#registry = registry
  }

  /** `inputAt`: the time of the input that is answered. */
  of(config: SessionConfig, place: Place, inputAt: Date): RuntimeAgent {
    const key = `${place.locale} ${place.timezone} ${inputAt.getTime()}`
    const known = this.#merged.get(config)
    if (known?.key === key) return known.agent
    const agent = runtimeAgent(config.layers, this.#registry, { ...place, inputAt })
    this.#merged.set(config, { key, agent })
    return agent
  }

  /** Tools do not depend on when or where: any merged agent of this configuration has them. */
  tool(config: SessionConfig, place: Place, name: string): BoundTool | undefined {
    const agent = this.#merged.get(config)?.agent ?? this.of(config, place, new Date(0))
    return agent.tools.find((tool) => tool.name === name)
  }
}
