// Tasks that wait in the queue, and the step that says how long a free slot waited for one.
import type pg from 'pg'
import { defaultOrgId } from '../src/contract/ids.ts'
import { standaloneType } from '../src/durable/index.ts'
import type { Steps } from '../src/worker/index.ts'

const kind = 'bench_queued'

/** Puts so many tasks that stand alone into the queue, as the admin API leaves them. */
export async function enqueue(client: pg.Client, count: number): Promise<void> {
  await client.query(
    `with new as materialized (select gen_random_uuid() as task, gen_random_uuid() as workflow, gen_random_uuid() as session
       from generate_series(1, $1::int)),
     heads as (insert into session_heads (session_id, org_id, live_turn) select session, $2::uuid, workflow from new),
     workflows as (insert into workflows (id, org_id, session_id, type, status, version, state)
       select workflow, $2::uuid, session, $3, 'running', 1, '{}' from new)
     insert into tasks (id, org_id, workflow_id, session_id, key, kind, class, status, input, visible_at)
     select task, $2::uuid, workflow, session, $3, $4, 'idempotent', 'pending', '{}', clock_timestamp() from new`,
    [count, defaultOrgId, standaloneType, kind],
  )
  await client.query('analyze session_heads, workflows, tasks')
}

export async function queued(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*)::int as n from tasks where status = 'pending' and kind = $1`,
    [kind],
  )
  return rows[0]?.n ?? 0
}

export const queuedKinds = [kind]

/** Does nothing. Slots become free when an end is stored; whichever was free first is thought to be the one that is filled. */
export function queueSteps(waited: (ms: number) => void): Steps {
  const freeSince: number[] = []
  return {
    async [kind]() {
      const since = freeSince.shift()
      if (since !== undefined) waited(performance.now() - since)
      return { kind: 'finish', value: null, stored: () => void freeSince.push(performance.now()) }
    },
  }
}
