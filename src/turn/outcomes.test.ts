// Workers are upgraded before control planes: what a newer one says must not end a turn.
import { expect, test } from 'vitest'
import { readAct, readReason } from './outcomes.ts'

const answer = { ok: true, messageId: 'm', preview: '', usage: { input_tokens: 1, output_tokens: 1 } } as const
const call = { id: 'call_1', name: 'send', arguments: {} }

test('an effect class that only a newer release knows is treated with most care', () => {
  const read = readReason({ ...answer, finishReason: 'tool_calls', calls: [{ ...call, class: 'twice_at_most' }] })
  expect(read).toMatchObject({ ok: true, calls: [{ id: 'call_1', class: 'at_most_once' }] })
})

test('a reason to finish that only a newer release knows is another reason', () => {
  expect(readReason({ ...answer, finishReason: 'paused_by_model', calls: [] })).toMatchObject({ ok: true, finishReason: 'other' })
})

test('an end of a tool that only a newer release knows is an error, and how much of one may be told is as little as can be', () => {
  expect(readAct({ status: 'deferred' })).toEqual({ status: 'error' })
  const error = { code: 'x', message: 'y', disclosure: 'by_role' }
  expect(readReason({ ok: false, error })).toMatchObject({ ok: false, error: { disclosure: 'generic' } })
})
