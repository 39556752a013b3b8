import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Capability, type CapabilityRegistry, tool } from '../contract/capability.ts'
import { foldLayers, merge, overlayOf } from './runtime-agent/merge.ts'
import { clientToolDefinition, mountsOf, runtimeAgent, toolDefinition } from './runtime-agent.ts'
import type { Layer } from './session-config.ts'

const at = { locale: 'en', timezone: 'UTC', inputAt: new Date('2026-11-22T09:00:00Z') }

const capability = (id: string, rest: Partial<Capability> = {}): Capability => ({
  id,
  name: id.toUpperCase(),
  description: id,
  ...rest,
})
const registryOf = (...capabilities: Capability[]): CapabilityRegistry => ({
  all: () => capabilities,
  find: (ref) => capabilities.find((one) => one.id === ref || one.aliases?.includes(ref)),
})
const layer = (source: Layer['source'], rest: Partial<Layer> = {}): Layer => ({
  source,
  id: '00000000-0000-0000-0000-000000000001',
  name: null,
  systemPrompt: null,
  capabilities: [],
  tools: [],
  initialFiles: [],
  networkAccess: null,
  mcpServers: {},
  modelId: null,
  maxIterations: null,
  parallelToolCalls: null,
  ...rest,
})
const refs = (...names: string[]) => names.map((ref) => ({ ref }))
const echo = (name: string) =>
  tool({
    name,
    says: `Does ${name}.`,
    effect: 'transactional',
    args: z.object({ n: z.number().default(1) }),
    run: async () => null,
  })
const ids = (agent: ReturnType<typeof runtimeAgent>) => agent.capabilities.map((one) => one.capability.id)

describe('capabilities', () => {
  test('are united over the layers: the base keeps its position, the overlay brings its config', () => {
    const config = z.object({ size: z.number().default(1) })
    const registry = registryOf(capability('a', { config, aliases: ['old_a'] }), capability('b'), capability('c'))
    const agent = runtimeAgent(
      [
        layer('harness', { capabilities: [{ ref: 'old_a', config: { size: 2 } }, { ref: 'b' }] }),
        layer('agent', { capabilities: [{ ref: 'c' }, { ref: 'a', config: { size: 3 } }] }),
        layer('session', { capabilities: refs('a') }),
      ],
      registry,
      at,
    )
    expect(agent.capabilities.map(({ capability: { id }, config, level }) => [id, config, level])).toEqual([
      ['a', { size: 3 }, 'harness'],
      ['b', {}, 'harness'],
      ['c', {}, 'agent'],
    ])
  })

  test('bring what they depend on, before themselves, with its own config where it is selected too', () => {
    const registry = registryOf(
      capability('app', { dependencies: ['lib', 'unheard_of'] }),
      capability('lib', { dependencies: ['core'] }),
      capability('core'),
    )
    const selected = [{ ref: 'app' }, { ref: 'core', config: { own: true } }]
    const agent = runtimeAgent([layer('agent', { capabilities: selected })], registry, at)
    expect(ids(agent)).toEqual(['core', 'lib', 'app'])
    expect(agent.capabilities[0]?.config).toEqual({ own: true })
    expect(agent.issues).toEqual([])
  })

  test('that need each other are reported, and so is what nobody registered and a config that does not fit', () => {
    const registry = registryOf(
      capability('a', { dependencies: ['b'] }),
      capability('b', { dependencies: ['a'] }),
      capability('c', { config: z.object({ size: z.number().default(1) }) }),
    )
    const selected = [{ ref: 'a' }, { ref: 'mcp:gone' }, { ref: 'c', config: { size: 'big' } }]
    const agent = runtimeAgent([layer('session', { capabilities: selected })], registry, at)
    expect(agent.unknownRefs).toEqual(['mcp:gone'])
    expect(agent.issues.map((issue) => issue.rule).sort()).toEqual([
      'capability.config',
      'capability.cycle',
      'capability.unknown',
    ])
    expect(agent.capabilities.at(-1)).toMatchObject({ capability: { id: 'c' }, config: { size: 1 } })
  })

  test('are at most a hundred', () => {
    const many = Array.from({ length: 101 }, (_, n) => capability(`c${n}`))
    const agent = runtimeAgent([layer('agent', { capabilities: refs(...many.map((one) => one.id)) })], registryOf(...many), at)
    expect(agent.capabilities).toHaveLength(100)
    expect(agent.issues).toMatchObject([{ rule: 'capability.limit', ref: 'c100' }])
  })

  test('that are retired or not there yet add nothing', () => {
    const parts = { prompt: 'p', tools: [echo('t')], features: ['f'], mounts: [{ path: '/m', content: '', readonly: true }] }
    const registry = registryOf(
      capability('a', { status: 'retired', ...parts }),
      capability('b', { status: 'coming_soon', ...parts }),
    )
    const agent = runtimeAgent([layer('agent', { capabilities: refs('a', 'b') })], registry, at)
    expect(agent).toMatchObject({ systemPrompt: '', tools: [], features: [] })
    expect(mountsOf(agent)).toEqual([])
    expect(ids(agent)).toEqual(['a', 'b'])
  })
})

describe('the prompt', () => {
  const registry = registryOf(
    capability('a', { prompt: ' Be exact. ' }),
    capability('b', { prompt: ({ inputAt }) => `Asked in ${inputAt.getUTCFullYear()}.` }),
    capability('quiet', { prompt: () => null }),
  )

  test('has the parts of capabilities first, each in its tag, then harness chain, agent and session', () => {
    const layers = [
      layer('harness', { systemPrompt: 'Root.', capabilities: refs('a') }),
      layer('harness', { systemPrompt: ' ' }),
      layer('agent', { systemPrompt: 'Agent.', capabilities: refs('quiet', 'b') }),
      layer('session', { systemPrompt: 'Session.' }),
    ]
    expect(runtimeAgent(layers, registry, at).systemPrompt).toBe(
      [
        '<capability id="a">\nBe exact.\n</capability>',
        '<capability id="b">\nAsked in 2026.\n</capability>',
        '<system-prompt>\nRoot.\n\nAgent.\n\nSession.\n</system-prompt>',
      ].join('\n\n'),
    )
  })

  test('is the bare text where no capability adds anything', () => {
    const agent = runtimeAgent([layer('agent', { systemPrompt: 'Agent.', capabilities: refs('quiet') })], registry, at)
    expect(agent.systemPrompt).toBe('Agent.')
  })
})

describe('tools', () => {
  const client = { name: 'ask', description: 'Asks.', parameters: { type: 'object' } }
  const registry = registryOf(
    capability('a', { tools: [echo('one'), echo('two')] }),
    capability('b', { tools: () => [echo('two')] }),
  )

  test('have one owner per name, client-side ones among them', () => {
    const layers = [
      layer('agent', { capabilities: refs('a', 'b'), tools: [client, { ...client, name: 'one' }] }),
      layer('session', {
        tools: [
          { ...client, description: 'Again.' },
          { ...client, name: 'tell' },
        ],
      }),
    ]
    const agent = runtimeAgent(layers, registry, at)
    expect(agent.tools.map((one) => [one.name, one.capabilityId])).toEqual([
      ['one', 'a'],
      ['two', 'a'],
    ])
    expect(agent.clientTools.map((one) => [one.name, one.description])).toEqual([
      ['ask', 'Asks.'],
      ['tell', 'Asks.'],
    ])
    expect(agent.issues.map((issue) => [issue.rule, issue.ref])).toEqual([
      ['tool.duplicate', 'two'],
      ['tool.duplicate', 'one'],
    ])
  })

  test('are described on the wire by what a caller may send', () => {
    const [first] = runtimeAgent([layer('agent', { capabilities: refs('a') })], registry, at).tools
    expect(first && toolDefinition(first)).toEqual({
      type: 'builtin',
      name: 'one',
      description: 'Does one.',
      parameters: { type: 'object', properties: { n: { type: 'number', default: 1 } } },
      policy: 'auto',
      deferrable: 'never',
      hints: { side_effect_class: 'Idempotent', capability_id: 'a', capability_name: 'A' },
    })
    expect(clientToolDefinition(client)).toEqual({ type: 'client_side', ...client })
  })
})

describe('files and network', () => {
  const registry = registryOf(
    capability('session_file_system', { features: ['file_system'] }),
    capability('samples', {
      mounts: [
        { path: '/workspace/s.txt', content: 's', readonly: true },
        { path: '/s.txt', content: 'other', readonly: false },
      ],
    }),
  )

  test('initial files are united by path and bring the file system along', () => {
    const layers = [
      layer('harness', {
        initialFiles: [
          { path: '/workspace/a', content: '1' },
          { path: '../x', content: '' },
        ],
      }),
      layer('agent', {
        initialFiles: [
          { path: 'a', content: '2' },
          { path: '/b', content: '3' },
        ],
      }),
    ]
    const agent = runtimeAgent(layers, registry, at)
    expect(agent.initialFiles).toEqual([
      { path: '/a', content: '2' },
      { path: '/b', content: '3' },
    ])
    expect(agent.features).toEqual(['file_system'])
    expect(agent.capabilities).toMatchObject([{ level: 'harness' }])
  })

  test('of two mounts at one path the first stands', () => {
    const agent = runtimeAgent([layer('agent', { capabilities: refs('samples') })], registry, at)
    expect(mountsOf(agent)).toEqual([{ path: '/s.txt', content: 's', readonly: true }])
  })

  test('what may be reached only ever narrows', () => {
    const reach = (...allowed: (string[] | undefined)[]) =>
      runtimeAgent(
        allowed.map((list) => layer('agent', { networkAccess: { allowed: list } })),
        registry,
        at,
      ).networkAccess.allowed
    expect(reach(undefined, [])).toBeNull()
    expect(reach(undefined, ['a.com'])).toEqual(['a.com'])
    expect(reach(['*.a.com', 'b.com'], ['x.a.com', 'https://b.com/p/', 'c.com'])).toEqual(['x.a.com', 'https://b.com/p/'])
    expect(reach(['*.x.a.com'], ['*.a.com'])).toEqual(['*.x.a.com'])
    expect(reach(['a.com'], ['b.com'])).toEqual([])
    expect(reach(['a.com'], ['b.com'], undefined)).toEqual([])
  })
})

test('scalars come from the innermost layer that sets them; MCP servers unite by name', () => {
  const layers = [
    layer('harness', {
      modelId: 'm1',
      maxIterations: 5,
      parallelToolCalls: true,
      mcpServers: { x: { url: '1' }, y: { url: '2' } },
    }),
    layer('session', { modelId: 'm2', parallelToolCalls: false, mcpServers: { y: { url: '3' } } }),
  ]
  expect(runtimeAgent(layers, registryOf(), at)).toMatchObject({
    modelId: 'm2',
    maxIterations: 5,
    parallelToolCalls: false,
    mcpServers: { x: { url: '1' }, y: { url: '3' } },
  })
})

test('it does not matter which layers are merged first', () => {
  const registry = registryOf(capability('a', { aliases: ['b'] }), capability('c'))
  const hosts = fc.constantFrom('a.com', '*.a.com', 'x.a.com', '*.x.a.com', 'https://a.com/p/', 'https://a.com/p/q/', 'b.com')
  const anyLayer = fc.record({
    systemPrompt: fc.option(fc.string({ maxLength: 3 })),
    capabilities: fc.array(
      fc.record({ ref: fc.constantFrom('a', 'b', 'c', 'd'), config: fc.option(fc.nat(3), { nil: undefined }) }),
    ),
    tools: fc.array(fc.record({ name: fc.constantFrom('t', 'u'), description: fc.string(), parameters: fc.constant({}) })),
    initialFiles: fc.array(fc.record({ path: fc.constantFrom('/x', 'x', '/workspace/y', '..'), content: fc.string() })),
    networkAccess: fc.option(fc.record({ allowed: fc.array(hosts), blocked: fc.array(hosts) })),
    mcpServers: fc.dictionary(fc.constantFrom('m', 'n'), fc.nat(3)),
    modelId: fc.option(fc.constantFrom('m1', 'm2')),
    maxIterations: fc.option(fc.nat(9)),
    parallelToolCalls: fc.option(fc.boolean()),
  })
  fc.assert(
    fc.property(anyLayer, anyLayer, anyLayer, (first, second, third) => {
      const layers = [layer('harness', first), layer('agent', second), layer('session', third)]
      const [a, b, c] = layers.map((one) => overlayOf(one, registry)) as [Overlay, Overlay, Overlay] // three in, three out
      const left = merge(merge(a, b), c)
      expect(left).toEqual(merge(a, merge(b, c)))
      expect(left).toEqual(foldLayers(layers, registry))
    }),
  )
})
type Overlay = ReturnType<typeof overlayOf>
