// Counts model calls and tool runs from committed events, so that a number here is a fact in a log.
import type { EventData, StoredEvent } from '../contract/events/index.ts'
import type { Metrics } from './metrics.ts'

const secondsOf = (ms: number): number => ms / 1_000

/** To be called with every committed event. Reads the data of the few that it counts; what cannot be read is not counted. */
export function countEvents(metrics: Metrics): (events: readonly StoredEvent[]) => void {
  const model = modelMetrics(metrics)
  const tool = toolMetrics(metrics)
  return (events) => {
    for (const { type, data } of events) {
      if (type !== 'llm.generation' && type !== 'tool.completed') continue
      try {
        // Every draft's data was made for its type (contract/events: draft).
        if (type === 'llm.generation') model(JSON.parse(data) as EventData<'llm.generation'>)
        else tool(JSON.parse(data) as EventData<'tool.completed'>)
      } catch {
        // It is committed whatever it holds; counting must not stand in the way of those who read it.
      }
    }
  }
}

function modelMetrics(metrics: Metrics): (data: EventData<'llm.generation'>) => void {
  const requests = metrics.counter('everruns_llm_requests_total', 'Model calls by provider, model and outcome.')
  const durations = metrics.histogram('everruns_llm_request_duration_seconds', 'How long model calls took, retries included.')
  const reasons = metrics.counter('everruns_llm_finish_reason_total', 'Why models stopped.')
  const tokens = metrics.counter('everruns_llm_tokens_total', 'Tokens by direction.')
  return ({ metadata: { provider = 'unknown', model, success, duration_ms, finish_reasons = [], usage } }) => {
    requests.add({ provider, model, status: success ? 'success' : 'error' })
    if (duration_ms !== undefined) durations.observe({ provider, model }, secondsOf(duration_ms))
    for (const reason of finish_reasons) reasons.add({ provider, model, reason })
    if (usage) tokens.add({ provider, model, direction: 'input' }, usage.input_tokens)
    if (usage) tokens.add({ provider, model, direction: 'output' }, usage.output_tokens)
  }
}

function toolMetrics(metrics: Metrics): (data: EventData<'tool.completed'>) => void {
  const runs = metrics.counter('everruns_tool_executions_total', 'Tool calls by tool and outcome.')
  const durations = metrics.histogram('everruns_tool_execution_duration_seconds', 'How long tools ran.')
  return ({ tool_name: tool, status, duration_ms }) => {
    runs.add({ tool, status })
    if (duration_ms !== undefined) durations.observe({ tool }, secondsOf(duration_ms))
  }
}
