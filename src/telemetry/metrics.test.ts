import { expect, test } from 'vitest'
import type { StoredEvent } from '../contract/events/index.ts'
import { Metrics } from './metrics.ts'
import { countEvents } from './metrics-events.ts'
import { countRequests } from './metrics-requests.ts'

test('a metric is shown with its help, its type and a line per series', () => {
  const metrics = new Metrics()
  const seen = metrics.counter('seen_total', 'Things seen.')
  metrics.gauge('never_set', 'Nothing.')
  seen.add({ what: 'a "quoted"\nline' })
  seen.add({ what: 'b' }, 2)
  seen.add({ what: 'b' })
  expect(metrics.text().split('\n')).toEqual([
    '# HELP seen_total Things seen.',
    '# TYPE seen_total counter',
    'seen_total{what="a \\"quoted\\"\\nline"} 1',
    'seen_total{what="b"} 3',
    '',
  ])
})

test('buckets are cumulative', () => {
  const metrics = new Metrics()
  const took = metrics.histogram('took', 'Seconds.', [0.1, 1])
  for (const seconds of [0.05, 0.1, 0.5, 7]) took.observe({}, seconds)
  expect(metrics.text().split('\n').slice(2)).toEqual([
    'took_bucket{le="0.1"} 2',
    'took_bucket{le="1"} 3',
    'took_bucket{le="+Inf"} 4',
    'took_sum 7.65',
    'took_count 4',
    '',
  ])
})

test('names that a model makes up cannot fill the memory', () => {
  const metrics = new Metrics()
  const calls = metrics.counter('calls_total', 'Calls.')
  for (let n = 0; n < 600; n += 1) calls.add({ tool: `made_up_${n}` })
  const lines = metrics.text().trim().split('\n').slice(2)
  expect(lines).toHaveLength(501)
  expect(lines.at(-1)).toBe('calls_total{tool="other"} 100')
})

const event = (type: StoredEvent['type'], data: string): StoredEvent => ({
  sessionId: 's',
  orgId: 'o',
  sequence: 1,
  id: 'e',
  type,
  ts: 0,
  turnId: null,
  execId: null,
  data,
  extra: null,
})

test('model calls and tool runs are counted from events, and what cannot be read stands in nobody’s way', () => {
  const metrics = new Metrics()
  const metadata = {
    model: 'm',
    provider: 'p',
    success: true,
    duration_ms: 1_500,
    finish_reasons: ['stop'],
    usage: { input_tokens: 10, output_tokens: 3 },
  }
  countEvents(metrics)([
    event('input.message', 'not even looked at'),
    event('llm.generation', JSON.stringify({ metadata })),
    event('llm.generation', '{}'),
    event('tool.completed', JSON.stringify({ tool_name: 'get_current_time', status: 'success', duration_ms: 4 })),
    event('tool.completed', JSON.stringify({ tool_name: 'ask_user', status: 'timeout' })),
  ])
  const lines = metrics.text().split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'everruns_llm_requests_total{provider="p",model="m",status="success"} 1',
      'everruns_llm_request_duration_seconds_bucket{provider="p",model="m",le="1"} 0',
      'everruns_llm_request_duration_seconds_bucket{provider="p",model="m",le="2.5"} 1',
      'everruns_llm_finish_reason_total{provider="p",model="m",reason="stop"} 1',
      'everruns_llm_tokens_total{provider="p",model="m",direction="output"} 3',
      'everruns_tool_executions_total{tool="get_current_time",status="success"} 1',
      'everruns_tool_executions_total{tool="ask_user",status="timeout"} 1',
      'everruns_tool_execution_duration_seconds_count{tool="get_current_time"} 1',
    ]),
  )
})

test('a stream is counted without a duration', () => {
  const metrics = new Metrics()
  const counts = countRequests(metrics)
  counts.request({ method: 'GET', route: '/v1/durable/sse', status: 200 })
  expect(metrics.text()).toContain('everruns_http_requests_total{method="GET",route="/v1/durable/sse",status="200"} 1')
  expect(metrics.text()).not.toContain('http_request_duration')
})
