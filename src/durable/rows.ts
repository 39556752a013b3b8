// The engine's rows as it holds them in memory. Times are milliseconds since 1970, database clock.
import type { Uuid } from '../contract/ids.ts'
import type { StepClass } from '../contract/workflow.ts'

export type { Statement } from '../db/batch-query.ts'

export interface HeadRow {
  sessionId: Uuid
  orgId: Uuid
  lastSequence: number
  lastInput: number
  liveTurn: Uuid | null
  /** Counted up by every transaction that changes the head, its workflow or a task of it; a claim does not count. */
  revision: number
}

export const liveStatuses = ['running', 'waiting', 'paused'] as const
export type LiveStatus = (typeof liveStatuses)[number]
export type WorkflowStatus = LiveStatus | 'completed' | 'failed' | 'cancelled'

export interface WorkflowRow {
  id: Uuid
  orgId: Uuid
  sessionId: Uuid
  type: string
  status: WorkflowStatus
  version: number
  state: unknown
  /** JSON text, once it ended. */
  result: string | null
  error: string | null
}

export const isLive = (workflow: WorkflowRow): boolean => (liveStatuses as readonly string[]).includes(workflow.status)

/** pending → claimed → completed | dead | cancelled; waiting → completed | cancelled. README.md draws it. */
export type TaskStatus = 'pending' | 'claimed' | 'waiting' | 'completed' | 'dead' | 'cancelled'

export interface TaskRow {
  id: Uuid
  orgId: Uuid
  workflowId: Uuid
  sessionId: Uuid
  key: string
  kind: string
  class: StepClass
  status: TaskStatus
  input: unknown
  visibleAt: number
  claimedBy: Uuid | null
  claimedAt: number | null
  attempt: number
  failures: number
  maxFailures: number
  conflicts: number
  /** How often it was handed back because a service it needs is not to be called now. */
  postponed: number
  begunAt: number | null
  emitted: number
  emittedFrom: number | null
  emittedChars: number
  lostBy: Uuid | null
  lastError: string | null
  completedAt: number | null
}

export const isOpen = (task: TaskRow): boolean =>
  task.status === 'pending' || task.status === 'claimed' || task.status === 'waiting'
