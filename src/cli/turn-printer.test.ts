import { expect, test } from 'vitest'
import { TurnPrinter } from './turn-printer.ts'
import type { Event } from './wire.ts'

function printed(isTTY: boolean, ...events: [type: string, data: object, execId?: string][]) {
  const written = { screen: '', stdout: '' }
  const stderr = {
    write(text: string) {
      written.screen += text
    },
  }
  const stdout = {
    isTTY,
    write(text: string) {
      written.screen += text
      written.stdout += text
    },
  }
  const printer = new TurnPrinter({ stdout, stderr })
  for (const [type, data, exec_id] of events) printer.show({ id: 'event_1', type, ts: '', context: { exec_id }, data } as Event)
  return written
}

const piece = (accumulated: string, exec = 'exec_1', message = 'message_1'): [string, object, string] => [
  'output.message.delta',
  { message_id: message, delta: '', accumulated },
  exec,
]
const whole = (text: string, more: object = {}, id = 'message_1'): [string, object] => [
  'output.message.completed',
  { message: { id, role: 'agent', content: [{ type: 'text', text }] }, ...more },
]

test('on a terminal the text is written as it comes, and once', () => {
  const { screen } = printed(true, piece('It is'), piece('It is noon.'), whole('It is noon.'))
  expect(screen).toBe('It is noon.\n')
})

test('into a pipe a message is written when it is complete', () => {
  expect(printed(false, piece('It is')).stdout).toBe('')
  expect(printed(false, piece('It is'), whole('It is noon.')).stdout).toBe('It is noon.\n')
})

test('a reader that came late gets the whole text', () => {
  expect(printed(true, whole('It is noon.')).screen).toBe('It is noon.\n')
})

test('the text of an attempt that died is marked, and never reaches a pipe', () => {
  const events: Parameters<typeof printed>[1][] = [
    piece('Half an ans', 'exec_1'),
    ['reason.recovered', { mode: 'restart', exec_id: 'exec_1', first_sequence: 5, last_sequence: 6, accumulated_len: 11 }],
    piece('The whole', 'exec_2'),
    whole('The whole answer.'),
  ]
  expect(printed(true, ...events).screen).toBe(
    'Half an ans\n↺ interrupted; the answer above from “Half an ans” does not count and is given again:\nThe whole answer.\n',
  )
  expect(printed(false, ...events).stdout).toBe('The whole answer.\n')
})

test('a tool call is one line with what it was about and how it went', () => {
  const { screen, stdout } = printed(
    true,
    piece('Let me see.'),
    ['tool.started', { tool_call: { id: 'call_1', name: 'grep_files', arguments: { pattern: 'x\ny' } } }],
    ['tool.completed', { tool_call_id: 'call_1', tool_name: 'grep_files', success: true, status: 'success', duration_ms: 12 }],
    [
      'tool.completed',
      {
        tool_call_id: 'call_2',
        tool_name: 'read_file',
        success: false,
        status: 'error',
        error: 'No such file',
        narration: 'Reading a.txt',
      },
    ],
  )
  expect(screen).toBe('Let me see.\n✓ grep_files {"pattern":"x\\ny"} (12 ms)\n✗ read_file Reading a.txt (error: No such file)\n')
  expect(stdout).toBe('Let me see.\n')
})

test('a note in the middle of an answer stands on a line of its own, and the answer goes on', () => {
  const { screen } = printed(
    true,
    piece('It is'),
    ['tool.completed', { tool_call_id: 'call_1', tool_name: 'look', success: true, status: 'success' }],
    piece('It is noon.'),
    whole('It is noon.'),
  )
  expect(screen).toBe('It is\n✓ look\n noon.\n')
})

test('the message about a failure is no answer', () => {
  expect(printed(false, whole('No model is configured.', { error_code: 'model_not_configured' })).stdout).toBe('')
})
