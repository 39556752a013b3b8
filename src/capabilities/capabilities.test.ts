import { describe, expect, test } from 'vitest'
import { callTool, MemoryValues, toolContext } from '../../test/support/tool-context.ts'
import type { Capability, PromptContext, Tool, ToolContext } from '../contract/capability.ts'
import { builtInCapabilities, capabilityRegistry } from './index.ts'

const registry = capabilityRegistry(builtInCapabilities)
const context = toolContext()

const call = (capability: string, name: string, args: unknown, given: ToolContext = context) => {
  const tools = registry.find(capability)?.tools as Tool[] // every built-in declares a list
  return callTool(
    tools.find((tool) => tool.name === name),
    args,
    given,
  )
}
const promptOf = (id: string, given: Partial<PromptContext> = {}) => {
  const prompt = registry.find(id)?.prompt
  const at = { config: {}, locale: 'en', timezone: 'UTC', inputAt: new Date('2026-11-22T23:30:00Z'), ...given }
  return typeof prompt === 'function' ? prompt(at) : prompt
}

describe('current_time', () => {
  const now = (args: unknown, given: Partial<ToolContext> = {}) =>
    call('current_time', 'get_current_time', args, toolContext(given))

  test('tells the time in a zone, with its offset', async () => {
    expect(await now({})).toEqual({ datetime: '2026-11-22T09:00:00Z', format: 'iso8601', timezone: 'UTC' })
    const berlin = { datetime: '2026-11-22T10:00:00+01:00', format: 'iso8601', timezone: 'Europe/Berlin' }
    expect(await now({ timezone: 'Europe/Berlin' })).toEqual(berlin)
    expect(await now({}, { timezone: 'Europe/Berlin' })).toEqual(berlin)
    expect(await now({ format: 'unix' })).toEqual({ timestamp: 1795338000, format: 'unix', timezone: 'UTC' })
    expect(await now({ format: 'human' })).toMatchObject({ datetime: expect.stringContaining('Sunday, November 22, 2026') })
  })

  test('refuses a zone that does not exist', async () => {
    await expect(now({ timezone: 'Mars/Base' })).rejects.toThrow('Unknown time zone: Mars/Base')
  })

  test('the prompt names the day of the answered message in the zone of the user, and survives a wrong zone', () => {
    expect(promptOf('current_time', { timezone: 'Asia/Tokyo' })).toContain('2026-11-23 (Asia/Tokyo)')
    expect(promptOf('current_time', { timezone: 'nowhere' })).toContain('2026-11-22 (UTC)')
  })
})

describe('session_storage', () => {
  test.each([
    ['kv_store', 'key', 'keys', 'values'],
    ['secret_store', 'name', 'secrets', 'secrets'],
  ] as const)('%s sets, gets, lists and deletes', async (tool, keyName, listName, store) => {
    const given = toolContext({ [store]: new MemoryValues() })
    const request = (operation: string, rest: object = { [keyName]: 'k' }) =>
      call('session_storage', tool, { operation, ...rest }, given)
    expect(await request('get')).toEqual({ operation: 'get', [keyName]: 'k', value: null, found: false })
    expect(await request('set', { [keyName]: 'k', value: 'v' })).toEqual({ operation: 'set', [keyName]: 'k', success: true })
    expect(await request('get')).toEqual({ operation: 'get', [keyName]: 'k', value: 'v', found: true })
    const listed = await request('list', {})
    expect(listed).toMatchObject({ [listName]: [{ [keyName]: 'k', created_at: expect.any(String) }], count: 1 })
    expect(JSON.stringify(listed)).not.toContain('"v"')
    expect(await request('delete')).toEqual({ operation: 'delete', [keyName]: 'k', deleted: true })
    expect(await request('delete')).toMatchObject({ deleted: false })
    await expect(request('set', { [keyName]: 'k' })).rejects.toThrow('value')
    await expect(request('get', {})).rejects.toThrow(keyName)
    await expect(request('get', { [keyName]: 'x'.repeat(256) })).rejects.toThrow('255')
  })

  test('internal entries cannot be written, read, listed or deleted', async () => {
    const values = new MemoryValues()
    await values.set('browser_internal:x', 'hidden')
    const request = (args: object) => call('session_storage', 'kv_store', args, toolContext({ values }))
    await expect(request({ operation: 'set', key: '__everruns_x', value: 'v' })).rejects.toThrow('reserved')
    expect(await request({ operation: 'get', key: 'browser_internal:x' })).toMatchObject({ found: false })
    expect(await request({ operation: 'list' })).toMatchObject({ count: 0 })
    expect(await request({ operation: 'delete', key: 'browser_internal:x' })).toMatchObject({ deleted: false })
    expect(values.entries.size).toBe(1)
  })
})

describe('session', () => {
  test('tells the facts and changes the title once', async () => {
    const given = toolContext()
    expect(await call('session', 'get_session_info', {}, given)).toEqual({
      id: 'session_01933b5a000070008000000000000a01',
      title: null,
      locale: 'en',
      agent_name: 'helper',
      usage: { input_tokens: 10, output_tokens: 5, cache_read_tokens: 2, cache_creation_tokens: 1, total_tokens: 15 },
    })
    const rename = (title: string) => call('session', 'write_session_title', { title }, given)
    expect(await rename(' Trip to Rome ')).toEqual({ title: 'Trip to Rome', updated: true })
    expect(await rename('Trip to Rome')).toEqual({ title: 'Trip to Rome', updated: false })
    expect(await rename('Rome')).toEqual({ title: 'Rome', updated: true, previous_title: 'Trip to Rome' })
    await expect(rename(' ')).rejects.toThrow('title')
  })

  test('asks for a title only where it is told to', () => {
    expect(promptOf('session')).toBeNull()
    expect(promptOf('session', { config: { auto_title: true } })).toContain('3 to 7 words')
  })
})

describe('stateless_todo_list', () => {
  const todo = (content: string, status: string) => ({ content, activeForm: `${content}ing`, status })
  const write = (...todos: object[]) => call('stateless_todo_list', 'write_todos', { todos })

  test('counts the list and gives it back', async () => {
    const todos = [todo('a', 'completed'), todo('b', 'in_progress'), todo('c', 'pending')]
    expect(await write(...todos)).toEqual({ success: true, total_tasks: 3, pending: 1, in_progress: 1, completed: 1, todos })
    expect(await write()).not.toHaveProperty('warning')
  })

  test('warns unless exactly one task is in progress', async () => {
    expect(await write(todo('a', 'pending'))).toMatchObject({ warning: expect.stringContaining('No task') })
    const both = await write(todo('a', 'in_progress'), todo('b', 'in_progress'))
    expect(both).toMatchObject({ warning: expect.stringContaining('2 tasks') })
  })
})

describe('the testing capabilities', () => {
  test('calculate', async () => {
    const math = (name: string, a: number, b: number) => call('test_math', name, { a, b })
    expect(await math('add', 2, 3)).toEqual({ operation: 'add', a: 2, b: 3, result: 5 })
    expect(await math('subtract', 2, 3)).toMatchObject({ result: -1 })
    expect(await math('multiply', 2, 3)).toMatchObject({ result: 6 })
    expect(await math('divide', 3, 2)).toMatchObject({ result: 1.5 })
    await expect(math('divide', 1, 0)).rejects.toThrow('divide by zero')
    await expect(math('multiply', 1e308, 10)).rejects.toThrow('too large')
  })

  test('invent the same weather for the same place and day', async () => {
    const weather = await call('test_weather', 'get_weather', { location: 'Rome' })
    expect(await call('test_weather', 'get_weather', { location: 'Rome' })).toEqual(weather)
    expect(await call('test_weather', 'get_forecast', { location: 'Rome', days: 2 })).toMatchObject({
      forecast: [{ date: '2026-11-22' }, { date: '2026-11-23' }],
    })
  })
})

describe('the registry', () => {
  const named = (id: string, aliases?: string[]): Capability => ({ id, aliases, name: id, description: id })

  test('finds a capability by its id and by its old ids', () => {
    const found = capabilityRegistry([named('shell', ['old_shell'])])
    expect(found.find('old_shell')?.id).toBe('shell')
    expect(found.find('nope')).toBeUndefined()
  })

  test('refuses what would be ambiguous, reserved or malformed', () => {
    expect(() => capabilityRegistry([named('a'), named('a')])).toThrow('twice')
    expect(() => capabilityRegistry([named('a'), named('b', ['a'])])).toThrow('twice')
    expect(() => capabilityRegistry([named('__everruns_x')])).toThrow('reserved')
    expect(() => capabilityRegistry([named('mcp:x')])).toThrow('snake_case')
  })
})
