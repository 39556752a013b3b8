import { sql } from 'kysely'
import { z } from 'zod'
import type { StoredEvent } from '../../contract/events/index.ts'
import { fromWire, type Uuid } from '../../contract/ids.ts'
import { answer } from '../../contract/operation.ts'
import { listOf } from '../../contract/page.ts'
import { Problem } from '../../contract/problem.ts'
import { type Ctx, operation } from '../context.ts'
import { wireId } from '../shared/ids.ts'
import { flag } from '../shared/query.ts'
import { headOrRefuse, sequenceOf } from './cursor.ts'
import { FillCaches, Filler } from './fill.ts'
import { both, type Condition, contentConditions } from './filters.ts'
import { countEvents, eventsAround, firstEvents, lastEvents, lastEventsOfWholeTurns, maxEvents } from './pages.ts'
import { event, tagFilter, typeFilter } from './shape.ts'

const upTo = (max: number) =>
  z.coerce
    .number()
    .int()
    .min(1)
    .transform((n) => Math.min(n, max))
const place = z.coerce
  .number()
  .int()
  .min(0)
  .max(2 ** 31 - 1)
const moment = z.iso.datetime({ offset: true, error: 'must be a time of RFC 3339' }).transform((text) => new Date(text))

/** A trace id is the turn's UUID as 32 hex digits. */
const traceId = z.string().transform((text, context): Uuid => {
  const id = fromWire('turn', text.startsWith('turn_') ? text : `turn_${text.replaceAll('-', '')}`)
  if (id) return id
  context.addIssue({ code: 'custom', message: 'must be 32 lowercase hex digits', input: text })
  return z.NEVER
})

const input = z.object({
  session_id: wireId('session'),
  since_id: wireId('event').nullish(),
  ...typeFilter,
  limit: upTo(maxEvents).nullish(),
  before_sequence: place.nullish(),
  after_sequence: place.nullish(),
  around: wireId('event').nullish(),
  window: upTo(500).nullish(),
  from_ts: moment.nullish(),
  to_ts: moment.nullish(),
  turn_id: wireId('turn').nullish(),
  exec_id: wireId('exec').nullish(),
  trace_id: traceId.nullish(),
  tags: tagFilter,
  tool_name: z.string().nullish(),
  q: z.string().nullish(),
  order_desc: flag.optional(),
})
type Input = z.output<typeof input>
const defaultWindow = 50

/**
 * Without cursor and limit the log from its beginning, at most 1,000 events; with `limit` the last ones, begun at a turn's
 * beginning; after a cursor the next ones. Always oldest first unless `order_desc`. Cumulative fields are filled in.
 */
export const listEvents = operation({
  name: 'list_events',
  route: 'GET /v1/sessions/{session_id}/events',
  tag: 'events',
  summary: 'List the events of a session, filtered and paged.',
  needs: 'sessions.view',
  class: 'read',
  input,
  output: listOf(event).meta({ id: 'ListResponse_Event' }),

  async run(ctx, asked) {
    refuseMixedPlaces(asked)
    const head = await headOrRefuse(ctx, asked.session_id)
    const where = contentConditions(ctx.orgId, asked.session_id, withoutNulls(asked))
    const total = await countEvents(ctx.tx, where)
    const found = await pageOf(ctx, asked, where, head)
    const data = await shown(ctx, asked.order_desc ? found.reverse() : found)
    return answer({ data }, { headers: { 'X-Total-Count': String(total) } })
  },
})

function refuseMixedPlaces({ around, since_id, after_sequence, before_sequence }: Input): void {
  const other = since_id ?? after_sequence ?? before_sequence
  if (around && other !== undefined && other !== null) {
    throw new Problem('bad_request', 'around cannot be combined with since_id, after_sequence or before_sequence')
  }
}

async function pageOf(ctx: Ctx, asked: Input, where: Condition, head: number): Promise<StoredEvent[]> {
  const session = asked.session_id
  if (asked.around) {
    return eventsAround(ctx.tx, where, await sequenceOf(ctx, session, head, asked.around), asked.window ?? defaultWindow)
  }
  const since = asked.since_id ? await sequenceOf(ctx, session, head, asked.since_id) : 0
  const after = Math.max(since, asked.after_sequence ?? 0)
  const follows = Boolean(asked.since_id) || typeof asked.after_sequence === 'number'
  const before = asked.before_sequence
  const ends = typeof before === 'number'
  const placed = both(both(where, sql`sequence > ${after}`), ends ? sql`sequence < ${before}` : sql`true`)
  const limit = asked.limit ?? maxEvents
  if (asked.order_desc) return lastEvents(ctx.tx, placed, limit)
  if (follows || (!asked.limit && !ends)) return firstEvents(ctx.tx, placed, limit)
  return lastEventsOfWholeTurns(ctx.tx, contentConditions(ctx.orgId, session, {}), placed, limit)
}

async function shown(ctx: Ctx, events: readonly StoredEvent[]): Promise<z.input<typeof event>[]> {
  const filler = new Filler(ctx.tx, new FillCaches())
  const list: z.input<typeof event>[] = []
  for (const stored of events) list.push(JSON.parse((await filler.fill(stored)).text))
  return list
}

/** A filter given as null is not given. */
function withoutNulls(asked: Input) {
  const { from_ts, to_ts, turn_id, exec_id, trace_id, tool_name, q } = asked
  const given = { from_ts, to_ts, turn_id, exec_id, trace_id, tool_name, q }
  const kept = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) as {
    [Key in keyof typeof given]?: NonNullable<(typeof given)[Key]> // only nulls were taken away
  }
  return { types: asked.types, exclude: asked.exclude, tags: asked.tags, ...kept }
}
