// The filters of the event list as SQL conditions. Those on content count for X-Total-Count, those on place do not.
import { type RawBuilder, sql } from 'kysely'
import { deltaTypes } from '../../contract/events/index.ts'
import type { Uuid } from '../../contract/ids.ts'

export interface ContentFilter {
  types?: string[]
  exclude?: string[]
  from_ts?: Date
  to_ts?: Date
  turn_id?: Uuid
  exec_id?: Uuid
  trace_id?: Uuid
  tags?: string[]
  tool_name?: string
  q?: string
}

export type Condition = RawBuilder<unknown>

const all = (conditions: readonly Condition[]): Condition => sql.join(conditions, sql` and `)

/** Conditions of one session's log and of what the caller asked about the events themselves. */
export function contentConditions(orgId: Uuid, session: Uuid, filter: ContentFilter): Condition {
  const given: [value: unknown, condition: () => Condition][] = [
    [filter.types?.length, () => sql`type = any(${filter.types})`],
    [filter.exclude?.length, () => sql`type <> all(${filter.exclude})`],
    [filter.from_ts, () => sql`ts >= ${filter.from_ts}`],
    [filter.to_ts, () => sql`ts <= ${filter.to_ts}`],
    [filter.turn_id, () => sql`turn_id = ${filter.turn_id}`],
    [filter.exec_id, () => sql`exec_id = ${filter.exec_id}`],
    // A trace is a turn.
    [filter.trace_id, () => sql`turn_id = ${filter.trace_id}`],
    [filter.tags?.length, () => sql`extra is not null and jsonb_exists_all(extra::jsonb -> 'tags', ${filter.tags}::text[])`],
    [filter.tool_name, () => ofTool(filter.tool_name ?? '')],
    [filter.q, () => contains(filter.q ?? '')],
  ]
  const asked = given.flatMap(([value, condition]) => (value ? [condition()] : []))
  return all([sql`session_id = ${session}`, sql`org_id = ${orgId}`, ...asked])
}

/** An event of a tool: named in its data, or in the call that it starts. */
const ofTool = (name: string): Condition =>
  sql`type like 'tool.%' and (data ->> 'tool_name' = ${name} or data -> 'tool_call' ->> 'name' = ${name})`

/** A piece of text anywhere in the data; it is looked for as JSON text holds it. */
function contains(text: string): Condition {
  const stored = JSON.stringify(text).slice(1, -1)
  return sql`data::text ilike ${`%${stored.replace(/[\\%_]/g, '\\$&')}%`}`
}

export const isNoDelta: Condition = sql`type <> all(${[...deltaTypes]})`
export const both = (a: Condition, b: Condition): Condition => all([a, b])
