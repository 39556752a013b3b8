// Agent files: the forms that are read, and that what is exported comes back the same.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type OperationHouse, operationHouse } from '../../../../test/support/operations.ts'
import { createAgent } from '../create.ts'
import { deleteAgent } from '../delete.ts'
import { destroyAgent } from '../destroy.ts'
import { exportAgent } from '../export.ts'
import { importAgent } from '../import.ts'
import { parseYaml, YamlError } from './yaml.ts'

describe('YAML', () => {
  test.each<[string, unknown]>([
    [
      "a: 1\nb: x y\nc: true\nd: null\ne:\nf: \"q: \\n#\"\ng: 'it''s'",
      { a: 1, b: 'x y', c: true, d: null, e: null, f: 'q: \n#', g: "it's" },
    ],
    ['list:\n- a\n- b # why\nnext: 1', { list: ['a', 'b'], next: 1 }],
    [
      'list:\n  - ref: x\n    config: {deep: [1, "two", {k: v}]}\n  - y',
      { list: [{ ref: 'x', config: { deep: [1, 'two', { k: 'v' }] } }, 'y'] },
    ],
    ['- - 1\n  - 2\n- 3', [[1, 2], 3]],
    ['text: |\n  one\n    two\n\n  three\nafter: 1', { text: 'one\n  two\n\nthree\n', after: 1 }],
    ['text: >-\n  one\n  two\n\n  three', { text: 'one two\nthree' }],
    ['# note\n\nurl: https://x.example/a#b\nempty: []\nnone: {}', { url: 'https://x.example/a#b', empty: [], none: {} }],
    ['tags: [a,\n  b]\nx: y', { tags: ['a', 'b'], x: 'y' }],
    ['"quoted key": v', { 'quoted key': 'v' }],
    ["a: [don't, 'it''s [x', b]\nk : v", { a: ["don't", "it's [x", 'b'], k: 'v' }],
  ])('%j', (text, value) => {
    expect(parseYaml(text)).toEqual(value)
  })

  test.each(['a: [1, 2', 'a: "open', 'a: 1\n   b: 2', 'a: {x}', `a: ${'['.repeat(1000)}`, 'a: [1] 2'])('refuses %j', (text) => {
    expect(() => parseYaml(text)).toThrow(YamlError)
  })

  test('every JSON text is read as JSON', () => {
    const value = { a: ['x', 1, null, { b: 'ü "q" \\ \n' }], c: {}, d: [] }
    expect(parseYaml(JSON.stringify(value))).toEqual(value)
    expect(parseYaml(JSON.stringify(value, null, 2))).toEqual(value)
  })
})

test('hostile files are refused in no time', () => {
  const many = 200_000
  const started = performance.now()
  for (const text of [
    `a${' '.repeat(many)}b`,
    `a: [${'\n'.repeat(many)}`,
    `a: "${' '.repeat(many)}`,
    `a: |\n x${'\n'.repeat(many)}`,
    `a: ${' #'.repeat(many)}`,
  ])
    try {
      parseYaml(text)
    } catch (error) {
      expect(error).toBeInstanceOf(YamlError)
    }
  expect(performance.now() - started).toBeLessThan(2_000)
})

describe('import and export', () => {
  let house: OperationHouse
  beforeAll(async () => {
    house = await operationHouse()
  })
  afterAll(() => house.close())
  const importText = (text: string) => house.answer(importAgent, { text })

  test('front matter with a body is an agent', async () => {
    const { value, options } = await importText(
      '---\nname: joker\ndisplay_name: "Joker: the agent"\ntags:\n  - fun\ncapabilities:\n  - current_time\n  - ref: session_storage\ninitial_files: ["*.md"]\n---\n\nYou tell jokes.\n\n---\n\nShort ones.\n',
    )
    expect(options.status).toBe(201)
    expect(value).toMatchObject({
      name: 'joker',
      display_name: 'Joker: the agent',
      tags: ['fun'],
      capabilities: [{ ref: 'current_time' }, { ref: 'session_storage' }],
      system_prompt: 'You tell jokes.\n\n---\n\nShort ones.',
    })
  })

  test('JSON, YAML and plain prose are agents too', async () => {
    expect((await importText('{"name":"from-json","system_prompt":"J"}')).value).toMatchObject({ name: 'from-json' })
    expect((await importText('name: from-yaml\nsystem_prompt: |\n  Line one.\n  Line two.\n')).value).toMatchObject({
      system_prompt: 'Line one.\nLine two.\n',
    })
    const prose = 'You are an agent.\nNote: be kind.\n- always'
    const { value } = await importText(prose)
    expect(value).toMatchObject({ system_prompt: prose, name: expect.stringMatching(/^agent-\d{8}-\d{6}$/) })
    expect((await importText('---\ndisplay_name: My Fine Agent\n---\nHi')).value).toMatchObject({ name: 'my-fine-agent' })
  })

  test('what is exported comes back the same: by its id over itself, or anew after it was deleted', async () => {
    const made = await house.ask(createAgent, {
      name: 'round-trip',
      display_name: 'Yes: "no"',
      description: 'two\nlines',
      system_prompt: '  spaces stay \n',
      capabilities: ['current_time', { ref: 'session', config: { auto_title: true } }],
      initial_files: [{ path: '/a.md', content: '---\n# A' }],
      mcpServers: { docs: { url: 'https://docs.example/mcp' } },
      tools: [{ type: 'client_side', name: 'pick', description: 'Picks.', parameters: { type: 'object' } }],
      network_access: { blocked: ['*.example'] },
      max_iterations: 7,
      parallel_tool_calls: false,
      tags: ['a b', 'true'],
    })
    const { value: file, options } = await house.answer(exportAgent, { agent_id: made.id })
    expect(options).toMatchObject({
      type: 'text/markdown; charset=utf-8',
      headers: { 'content-disposition': 'attachment; filename="round-trip.md"' },
    })
    const { created_at, updated_at, ...same } = made
    const again = await importText(String(file))
    expect(again.options.status).toBe(200)
    expect(again.value).toMatchObject(same)
    await house.ask(deleteAgent, { agent_id: made.id })
    await house.ask(destroyAgent, { agent_id: made.id })
    const elsewhere = await importText(String(file).replace(/^id:.*\n/m, ''))
    expect(elsewhere.options.status).toBe(201)
    const { id, self_url, view_url, ui_link, allowed_actions, ...content } = same
    expect(elsewhere.value).toMatchObject(content)
  })

  test('a file that says nothing usable is refused with what is wrong', async () => {
    for (const text of [
      '',
      '---\nname: x\n',
      '---\nname: [\n---\nHi',
      '{"name": ',
      '{"name":"Bad Name","system_prompt":"x"}',
      '---\nname: no-prompt\n---\n',
    ])
      await expect(importText(text)).rejects.toMatchObject({ kind: 'bad_request' })
    await importText('---\nname: once\n---\nHi')
    await expect(importText('---\nname: once\n---\nHi')).rejects.toMatchObject({ code: 'agent_name_taken' })
  })

  test('what no database stores is mended on the way in', async () => {
    const { value } = await importText(String.raw`{"name":"nul","system_prompt":"a\u0000b\ud800c"}`)
    expect(value).toMatchObject({ system_prompt: 'a\ufffdb\ufffdc' })
  })

  test('an example is adopted, under another name when its own is taken', async () => {
    const adopt = () => house.ask(importAgent, { 'from-example': 'dad-jokes-agent' })
    expect((await adopt()).name).toBe('dad-jokes-agent')
    expect((await adopt()).name).toMatch(/^dad-jokes-agent-[0-9a-f]{8}$/)
    await expect(house.ask(importAgent, { 'from-example': 'nope' })).rejects.toMatchObject({ kind: 'not_found' })
  })
})
