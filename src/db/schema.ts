// The tables as Kysely sees them. A test holds this against the migrations; what a column means stands there.
import type {
  Accepts,
  CircuitBreakers,
  Contents,
  DutyStamps,
  EngineCounts,
  Events,
  Organizations,
  ScheduleExecutions,
  Schedules,
  SessionHeads,
  Tasks,
  Workers,
  Workflows,
} from './schema-engine.ts'
import type {
  Agents,
  AgentVersions,
  Files,
  Harnesses,
  Models,
  Providers,
  SessionPins,
  SessionSecrets,
  Sessions,
  SessionTotals,
  SessionValues,
  Workspaces,
} from './schema-resources.ts'

export interface Database {
  organizations: Organizations
  session_heads: SessionHeads
  workflows: Workflows
  tasks: Tasks
  workers: Workers
  engine_counts: EngineCounts
  duty_stamps: DutyStamps
  schedules: Schedules
  schedule_executions: ScheduleExecutions
  circuit_breakers: CircuitBreakers
  events: Events
  contents: Contents
  accepts: Accepts
  providers: Providers
  models: Models
  harnesses: Harnesses
  agents: Agents
  agent_versions: AgentVersions
  workspaces: Workspaces
  files: Files
  sessions: Sessions
  session_totals: SessionTotals
  session_pins: SessionPins
  session_values: SessionValues
  session_secrets: SessionSecrets
}
