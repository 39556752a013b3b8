// The engine's tables and the event log as Kysely sees them.
import type { ColumnType, Generated } from 'kysely'
import type { Uuid } from '../contract/ids.ts'
import type { JsonColumn, JsonDefaulted, JsonOrNull, OrNull, Time, TimeDefaulted, TimeOrNull } from './schema-columns.ts'

export interface Organizations {
  id: Uuid
  name: string
  default_model_id: OrNull<Uuid>
  default_harness_id: OrNull<Uuid>
  config_revision: Generated<number>
  created_at: TimeDefaulted
  updated_at: TimeDefaulted
}

export interface SessionHeads {
  session_id: Uuid
  org_id: Uuid
  last_sequence: Generated<number>
  last_input: Generated<number>
  live_turn: OrNull<Uuid>
  revision: Generated<number>
}

export interface Workflows {
  id: Uuid
  org_id: Uuid
  session_id: Uuid
  type: string
  status: 'running' | 'waiting' | 'paused' | 'completed' | 'failed' | 'cancelled'
  version: number
  state: JsonColumn
  result: JsonOrNull
  error: JsonOrNull
  created_at: TimeDefaulted
  completed_at: TimeOrNull
}

export interface Tasks {
  id: Uuid
  org_id: Uuid
  workflow_id: OrNull<Uuid>
  session_id: OrNull<Uuid>
  key: string
  kind: string
  class: string
  status: 'pending' | 'claimed' | 'waiting' | 'completed' | 'failed' | 'dead' | 'cancelled'
  input: JsonColumn
  priority: Generated<number>
  visible_at: TimeDefaulted
  claimed_by: OrNull<Uuid>
  claimed_at: TimeOrNull
  attempt: Generated<number>
  failures: Generated<number>
  max_failures: Generated<number>
  conflicts: Generated<number>
  begun_at: TimeOrNull
  emitted: Generated<number>
  emitted_from: OrNull<number>
  emitted_chars: Generated<number>
  last_error: OrNull<string>
  lost_by: OrNull<Uuid>
  created_at: TimeDefaulted
  completed_at: TimeOrNull
  requeued_at: TimeOrNull
  postponed: Generated<number>
}

export interface Workers {
  incarnation: Uuid
  name: string
  worker_group: OrNull<string>
  kinds: string[]
  capacity: number
  load: Generated<number>
  status: ColumnType<WorkerStatus, WorkerStatus | undefined, WorkerStatus>
  accepting: Generated<boolean>
  in_process: Generated<boolean>
  stream_epoch: Generated<number>
  lease_until: Time
  rerun_until: Time
  hostname: OrNull<string>
  version: OrNull<string>
  metadata: JsonDefaulted
  tasks_completed: Generated<number>
  tasks_failed: Generated<number>
  busy_ms: Generated<number>
  started_at: TimeDefaulted
  last_heartbeat_at: TimeDefaulted
}
type WorkerStatus = 'active' | 'draining' | 'stopped'

export interface EngineCounts {
  slot: number
  tasks_started: Generated<number>
  tasks_completed: Generated<number>
  tasks_failed: Generated<number>
  workflows_started: Generated<number>
  workflows_completed: Generated<number>
  workflows_failed: Generated<number>
}

export interface DutyStamps {
  name: string
  at: Time
}

export interface Events {
  session_id: Uuid
  sequence: number
  org_id: Uuid
  id: Uuid
  type: string
  ts: Time
  turn_id: OrNull<Uuid>
  exec_id: OrNull<Uuid>
  data: JsonColumn
  extra: JsonOrNull
}

export interface Contents {
  org_id: Uuid
  hash: string
  body: JsonColumn
}

export interface Accepts {
  org_id: Uuid
  session_id: Uuid
  key: string
  fingerprint: string
  answer: JsonColumn
  created_at: TimeDefaulted
}

export interface Schedules {
  id: Uuid
  org_id: Uuid
  name: string
  description: OrNull<string>
  cron_expression: string
  timezone: Generated<string>
  target_type: 'workflow' | 'activity'
  target_name: string
  target_input: JsonColumn
  enabled: Generated<boolean>
  max_concurrent: OrNull<number>
  catch_up_missed: Generated<boolean>
  max_catch_up: OrNull<number>
  retry_policy: JsonOrNull
  last_triggered_at: TimeOrNull
  next_trigger_at: TimeOrNull
  created_at: TimeDefaulted
  updated_at: TimeDefaulted
}

export interface ScheduleExecutions {
  id: Uuid
  org_id: Uuid
  schedule_id: Uuid
  slot: TimeOrNull
  status: 'running' | 'completed' | 'failed' | 'skipped'
  workflow_id: OrNull<Uuid>
  task_id: OrNull<Uuid>
  error: OrNull<string>
  started_at: TimeDefaulted
  completed_at: TimeOrNull
  created_at: TimeDefaulted
}

export interface CircuitBreakers {
  org_id: Uuid
  key: string
  state: 'open' | 'closed'
  failure_count: Generated<number>
  success_count: Generated<number>
  last_failure_at: TimeOrNull
  opened_at: TimeOrNull
  half_open_at: TimeOrNull
  updated_at: TimeDefaulted
}
