// What every entry of the catalogues must have. A new capability that forgets something fails here.
import { describe, expect, test } from 'vitest'
import { builtInCapabilities, capabilityRegistry } from '../src/capabilities/index.ts'
import { jsonSchemaOf, parseConfig, promptOf, toolsOf } from '../src/turn/runtime-agent.ts'

const registry = capabilityRegistry(builtInCapabilities)
const at = { locale: 'en', timezone: 'UTC', inputAt: new Date('2026-11-22T09:00:00Z') }
const effects = ['pure', 'idempotent', 'transactional', 'keyed', 'at_most_once']

test('tool names are unique over all capabilities', () => {
  const names = builtInCapabilities.flatMap((capability) => toolsOf(capability, {}).map((tool) => tool.name))
  expect(new Set(names).size).toBe(names.length)
})

describe.each(builtInCapabilities.map((capability) => [capability.id, capability] as const))(
  'capability %s',
  (_id, capability) => {
    const defaults = parseConfig(capability, undefined)
    const config = 'config' in defaults ? defaults.config : null

    test('introduces itself', () => {
      for (const text of [capability.name, capability.description, capability.icon, capability.category])
        expect(text).toBeTruthy()
    })

    test('works without a config, and shows the schema of the one it has', () => {
      expect(defaults).toHaveProperty('config')
      if (capability.config) expect(jsonSchemaOf(capability.config)).toMatchObject({ type: 'object' })
    })

    test('has no empty prompt', () => {
      if (typeof capability.prompt === 'string') expect(promptOf({ capability, config }, at)).not.toBeNull()
      if (typeof capability.prompt === 'function') expect(promptOf({ capability, config }, at)?.length).not.toBe(0)
    })

    test('leaves tool names out of its prompt', () => {
      const prompt = promptOf({ capability, config }, at) ?? ''
      for (const tool of toolsOf(capability, config)) expect(prompt).not.toMatch(new RegExp(`\\b${tool.name}\\b`))
    })

    test('depends only on what is registered', () => {
      for (const ref of capability.dependencies ?? []) expect(registry.find(ref)?.id).toBe(ref)
    })

    test.each(toolsOf(capability, config).map((tool) => [tool.name, tool] as const))('its tool %s is complete', (name, tool) => {
      expect(name).toMatch(/^[a-z][a-z0-9_]{0,63}$/)
      expect(tool.description).toBeTruthy()
      expect(effects).toContain(tool.effect)
      expect(tool.parameters).toMatchObject({ type: 'object', properties: expect.any(Object) })
      expect(JSON.parse(JSON.stringify(tool.parameters))).toEqual(tool.parameters)
      for (const [parameter, schema] of Object.entries(Object(tool.parameters.properties)))
        expect(schema, `${name}.${parameter}`).toBeTypeOf('object')
    })
  },
)
