import { expect, test } from 'vitest'
import { configOf, done, model, reasonTask, said, scripted, typesOf, working } from '../../../test/support/worker-steps.ts'
import { toWire } from '../../contract/ids.ts'
import type { ModelEvent, ModelFailure } from '../../contract/model.ts'
import type { StepContext } from '../../turn/session-config.ts'

const key = `llm:${toWire('provider', model.providerId)}`
const task = (circuit?: StepContext['circuit']) =>
  reasonTask(configOf(), { transcript: { base: 0, through: 2, events: [said(2, 'Hello')] }, ...(circuit ? { circuit } : {}) })

test('a provider that is not to be called is not called: the step goes back until it may be', async () => {
  const { driver, requests } = scripted(() => [done()])
  const { stream } = await working(driver)
  const assignment = task({ openForMs: 30_000, mayWait: true })
  stream.assign(assignment)
  expect(await stream.next('release')).toEqual({ kind: 'release', tasks: [assignment.task], afterMs: 30_000 })
  expect(requests).toEqual([])
  expect(stream.of('emit')).toEqual([])
})

test('after two such waits the turn is told that the provider cannot be reached', async () => {
  const { driver, requests } = scripted(() => [done()])
  const { stream } = await working(driver)
  stream.assign(task({ openForMs: 30_000, mayWait: false }))
  const finish = await stream.next('finish')
  expect(finish.value).toMatchObject({ ok: false, error: { code: 'provider_unavailable' } })
  expect(typesOf(finish.events)).toEqual(['reason.started', 'reason.completed'])
  expect(finish.services).toBeUndefined()
  expect(requests).toEqual([])
})

const failing = (error: ModelFailure): ModelEvent[] => [{ type: 'error', error }]

test.each<[string, ModelEvent[], unknown]>([
  ['an answer', [{ type: 'text', delta: 'x' }, done()], [{ key, ok: true }]],
  ['a network that is gone', failing({ kind: 'unavailable', message: 'x' }), [{ key, ok: false }]],
  ['silence', failing({ kind: 'timeout', message: 'x' }), [{ key, ok: false }]],
  ['too many requests', failing({ kind: 'rate_limited', message: 'x', status: 429 }), [{ key, ok: false }]],
  ['a status nobody knows', failing({ kind: 'other', message: 'x', status: 520 }), [{ key, ok: false }]],
  ['a wrong key', failing({ kind: 'authentication', message: 'x', status: 401 }), undefined],
  ['a request it refuses', failing({ kind: 'invalid_request', message: 'x', status: 400 }), undefined],
  ['a used up quota', failing({ kind: 'quota_exhausted', message: 'x', status: 429 }), undefined],
])('%s is reported as what it says about the provider', async (_, answer, services) => {
  const { stream } = await working(scripted(() => answer).driver)
  stream.assign(task())
  expect((await stream.next('finish')).services).toEqual(services)
})

test('a stream that breaks off is tried again and reported as well', async () => {
  const broken: ModelEvent[] = [{ type: 'text', delta: 'x' }, ...failing({ kind: 'unavailable', message: 'cut' })]
  const { stream } = await working(scripted(() => broken).driver)
  stream.assign(task())
  expect(await stream.next('fail')).toMatchObject({ retryable: true, services: [{ key, ok: false }] })
})
