// The changes of all views of a batch as statements, in lock order: heads, workflows that ended or went on, new workflows, tasks, the rest.

import type { StoredEvent } from '../contract/events/index.ts'
import type { Uuid } from '../contract/ids.ts'
import { countBatch } from './counts.ts'
import { gathered } from './gathered.ts'
import type { EffectWrite, Ports } from './ports.ts'
import type { Statement } from './rows.ts'
import { insertTasks, insertWorkflows, updateHeads, updateTasks, updateWorkflows } from './statements.ts'
import type { HeadView } from './view.ts'
import type { NewAccept } from './view-rows.ts'

const insertAccepts = (accepts: (NewAccept & { orgId: Uuid; sessionId: Uuid })[]): Statement => ({
  name: 'insert_accepts',
  text: `insert into accepts (org_id, session_id, key, fingerprint, answer)
         select org_id, session_id, key, fingerprint, answer::json
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) n (org_id, session_id, key, fingerprint, answer)`,
  values: [
    accepts.map((a) => a.orgId),
    accepts.map((a) => a.sessionId),
    accepts.map((a) => a.key),
    accepts.map((a) => a.fingerprint),
    accepts.map((a) => JSON.stringify(a.answer)),
  ],
})

function effectsByStore(views: readonly HeadView[]): Map<string, EffectWrite[]> {
  const byStore = new Map<string, EffectWrite[]>()
  for (const view of views) {
    const { orgId, sessionId } = view.head
    for (const { store, key, write } of view.effects) {
      if (write === undefined) continue
      const writes = byStore.get(store) ?? []
      writes.push({ orgId, sessionId, key, write })
      byStore.set(store, writes)
    }
  }
  return byStore
}

/** Every statement of the batch's second round trip, without begin and commit. */
export function writesOf(views: readonly HeadView[], ports: Ports): Statement[] {
  const statements: Statement[] = []
  const add = <T>(rows: T[], make: (rows: T[]) => Statement) => rows.length > 0 && statements.push(make(rows))
  add(
    views.filter((view) => view.isChanged()).map((view) => view.nextHead()),
    updateHeads,
  )
  add(
    gathered(views, (view) => view.changedWorkflows),
    updateWorkflows,
  )
  add(
    gathered(views, (view) => view.newWorkflows),
    insertWorkflows,
  )
  add(
    gathered(views, (view) => view.changedTasks),
    updateTasks,
  )
  add(
    gathered(views, (view) => view.newTasks),
    insertTasks,
  )
  add(
    gathered(views, (view) => view.newEvents),
    (events: StoredEvent[]) => ports.appendEvents(events),
  )
  add(
    gathered(views, ({ head: { orgId, sessionId }, newAccepts }) =>
      newAccepts.map((accept) => ({ orgId, sessionId, ...accept })),
    ),
    insertAccepts,
  )
  for (const [store, writes] of effectsByStore(views)) {
    const port = ports.effects.get(store)
    if (!port) throw new Error(`no store takes effects named ${store}`)
    statements.push(...port.writes(writes))
  }
  return [...statements, ...countBatch(views)]
}
