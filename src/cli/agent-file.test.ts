import { expect, test } from 'vitest'
import { nameIn, withId } from './agent-file.ts'

test.each([
  ['---\nname: helper\ntags: [a]\n---\nname: not this one\n', 'helper'],
  ['---\r\ndisplay_name: Helper\r\nname: "helper" # short\r\n---\r\nHi', 'helper'],
  ['name: helper\nsystem_prompt: Hi', 'helper'],
  ['{"name": "helper", "system_prompt": "Hi"}', 'helper'],
  ['---\nid: agent_0\nname: helper\n---\nHi', undefined],
  ['---\nmcpServers:\n  x:\n    name: inner\n---\nHi', undefined],
  ['You are a helper.', undefined],
  ['{"name": ', undefined],
])('%j names %j', (file, name) => {
  expect(nameIn(file)).toBe(name)
})

test('an id joins the other fields of the file', () => {
  expect(withId('---\nname: helper\n---\nHi', 'agent_1')).toBe('---\nid: agent_1\nname: helper\n---\nHi')
  expect(withId('name: helper\n', 'agent_1')).toBe('id: agent_1\nname: helper\n')
  expect(JSON.parse(withId('{"name":"helper"}', 'agent_1'))).toEqual({ name: 'helper', id: 'agent_1' })
})
