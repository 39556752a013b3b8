// Counts what comes in: HTTP requests by the template of their address, and operations whatever carried them.
import type { Metrics } from './metrics.ts'

export interface SeenRequest {
  method: string
  /** The route's template, never the address itself. */
  route: string
  status: number
  /** Left out for streams, whose length says nothing. */
  seconds?: number
}

export interface SeenOperation {
  operation: string
  /** `ok`, or the kind of the Problem. */
  outcome: string
  seconds: number
}

export interface RequestCounts {
  request(seen: SeenRequest): void
  operation(seen: SeenOperation): void
}

export function countRequests(metrics: Metrics): RequestCounts {
  const requests = metrics.counter('everruns_http_requests_total', 'HTTP requests by method, route and status.')
  const durations = metrics.histogram('everruns_http_request_duration_seconds', 'How long HTTP requests took.')
  const commands = metrics.counter('everruns_commands_total', 'Operations by outcome, over all transports.')
  const commandDurations = metrics.histogram('everruns_command_duration_seconds', 'How long operations took.')
  return {
    request({ method, route, status, seconds }) {
      requests.add({ method, route, status: String(status) })
      if (seconds !== undefined) durations.observe({ method, route }, seconds)
    },
    operation({ operation: command, outcome, seconds }) {
      commands.add({ command, outcome })
      commandDurations.observe({ command }, seconds)
    },
  }
}
