// Applies what finished steps and finished turns change about their sessions, a whole batch at a time.
import type { JsonObject } from '../../contract/json.ts'
import { toStorableText } from '../../contract/json.ts'
import { columnsOf, type EffectItem, type EffectKey, type EffectStore, lastPerKey, type Statement } from '../effect-store.ts'

const readTitles = (keys: EffectKey[]): Statement => ({
  name: 'read_session_titles',
  text: `with held as (
           select s.id, md5(s.title) as revision from sessions s
           where (s.org_id, s.id) in (select org_id, session_id from unnest($1::uuid[], $2::uuid[]) k (org_id, session_id))
           order by s.id for no key update
         )
         select k.session_id, k.key, h.revision, k.session_id || ' ' || k.key as place
         from unnest($2::uuid[], $3::text[]) k (session_id, key) join held h on h.id = k.session_id`,
  values: columnsOf(keys),
})

const writeTitles = (items: EffectItem[]): Statement => ({
  name: 'apply_session_titles',
  text: `update sessions s set title = k.title, updated_at = now()
         from unnest($1::uuid[], $2::uuid[], $3::text[]) k (org_id, session_id, title)
         where s.org_id = k.org_id and s.id = k.session_id and s.title is distinct from k.title`,
  values: [items.map((item) => item.orgId), items.map((item) => item.sessionId), items.map(({ write }) => titleIn(write))],
})

const titleIn = (write: JsonObject | null): string | null =>
  typeof write?.title === 'string' ? toStorableText(write.title) : null

/** Key `title`: `{title}`, or null for none. Its revision is the title's hash. */
export const sessionEffects: EffectStore = {
  store: 'session',
  revisions: readTitles,
  writes: (items) => [writeTitles(lastPerKey(items))],
}

const counters = [
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
  'estimated_cost_usd',
  'actual_cost_usd',
] as const

const readTotals = (keys: EffectKey[]): Statement => ({
  name: 'read_session_totals_revisions',
  text: `with held as (
           select session_id, turns::text as revision from session_totals
           where session_id = any ($2::uuid[]) order by session_id for no key update
         )
         select k.session_id, k.key, h.revision, k.session_id::text as place
         from unnest($1::uuid[], $2::uuid[], $3::text[]) k (org_id, session_id, key) left join held h using (session_id)`,
  values: columnsOf(keys),
})

/** Several turns of one session are added up before the upsert; the first preview and the last answer win. */
const addTotals = (items: EffectItem[]): Statement => ({
  name: 'apply_session_totals',
  text: `insert into session_totals as t (session_id, org_id, turns, input_tokens, output_tokens, cache_read_tokens,
           cache_creation_tokens, estimated_cost_usd, actual_cost_usd, duration_ms, preview, output_preview, started_at, last_active_at)
         select k.session_id, k.org_id, sum(turns), sum(input), sum(output), sum(cache_read), sum(cache_creation), sum(estimated),
           sum(actual), sum(duration), (array_agg(preview order by n) filter (where preview is not null))[1],
           (array_agg(output_preview order by n desc) filter (where output_preview is not null))[1],
           coalesce(to_timestamp(min(started) / 1000), now()), now()
         from unnest($1::uuid[], $2::uuid[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::float8[],
           $9::float8[], $10::text[], $11::text[], $12::float8[], $13::float8[]) with ordinality
           k (org_id, session_id, input, output, cache_read, cache_creation, estimated, actual, duration, preview, output_preview,
              started, turns, n)
         group by k.session_id, k.org_id order by k.session_id
         on conflict (session_id) do update set
           turns = t.turns + excluded.turns, input_tokens = t.input_tokens + excluded.input_tokens,
           output_tokens = t.output_tokens + excluded.output_tokens,
           cache_read_tokens = t.cache_read_tokens + excluded.cache_read_tokens,
           cache_creation_tokens = t.cache_creation_tokens + excluded.cache_creation_tokens,
           estimated_cost_usd = t.estimated_cost_usd + excluded.estimated_cost_usd,
           actual_cost_usd = t.actual_cost_usd + excluded.actual_cost_usd, duration_ms = t.duration_ms + excluded.duration_ms,
           preview = coalesce(t.preview, excluded.preview), output_preview = coalesce(excluded.output_preview, t.output_preview),
           started_at = coalesce(t.started_at, excluded.started_at), last_active_at = excluded.last_active_at`,
  values: totalsColumns(items),
})

function totalsColumns(items: EffectItem[]): unknown[] {
  const usages = items.map(({ write }) => objectIn(write?.usage))
  return [
    items.map((item) => item.orgId),
    items.map((item) => item.sessionId),
    ...counters.map((counter) => usages.map((usage) => numberIn(usage[counter]) ?? 0)),
    items.map(({ write }) => numberIn(write?.duration_ms) ?? 0),
    items.map(({ write }) => textIn(write?.preview)),
    items.map(({ write }) => textIn(write?.output_preview)),
    items.map(({ write }) => numberIn(write?.started_at)),
    items.map(({ write }) => numberIn(write?.turns) ?? 1),
  ]
}

// An effect is opaque JSON to the engine that carries it; what is not there counts as nothing.
const objectIn = (value: JsonObject[string] | undefined): JsonObject =>
  value && typeof value === 'object' && !Array.isArray(value) ? value : {}
const numberIn = (value: JsonObject[string] | undefined): number | null => (typeof value === 'number' ? value : null)
const textIn = (value: JsonObject[string] | undefined): string | null =>
  typeof value === 'string' ? toStorableText(value) : null

/**
 * Store `totals`, key `turn`: what one ended turn adds to its session: `{usage: TokenUsage, duration_ms, started_at, preview?,
 * output_preview?, turns?}`; `started_at` in milliseconds since 1970; `turns` is 1 unless said. Every item counts, also of one session.
 */
export const totalsEffects: EffectStore = { store: 'totals', revisions: readTotals, writes: (items) => [addTotals(items)] }
