// How many tasks each worker ended and how long it took for them: gathered after the commits, written with the beats.
import type pg from 'pg'
import type { Uuid } from '../contract/ids.ts'
import type { HeadView } from './view.ts'

interface Done {
  completed: number
  failed: number
  busyMs: number
}

/** For the workers' page only: what a process that dies had gathered is lost. */
export class WorkerTally {
  readonly #byWorker = new Map<Uuid, Done>()

  /** The views of a committed batch. */
  add(views: readonly HeadView[]): void {
    for (const view of views) {
      for (const { status, claimedBy, claimedAt, completedAt } of view.changedTasks) {
        if ((status !== 'completed' && status !== 'dead') || claimedBy === null) continue
        const done = this.#byWorker.get(claimedBy) ?? { completed: 0, failed: 0, busyMs: 0 }
        done[status === 'completed' ? 'completed' : 'failed'] += 1
        done.busyMs += Math.max(0, (completedAt ?? 0) - (claimedAt ?? 0))
        this.#byWorker.set(claimedBy, done)
      }
    }
  }

  /** Nothing is written when nothing happened. */
  async write(pool: pg.Pool): Promise<void> {
    if (this.#byWorker.size === 0) return
    const tallied = [...this.#byWorker]
    this.#byWorker.clear()
    await pool.query({
      name: 'tally_workers',
      text: `update workers w set tasks_completed = w.tasks_completed + n.completed, tasks_failed = w.tasks_failed + n.failed,
               busy_ms = w.busy_ms + n.busy_ms
             from unnest($1::uuid[], $2::int[], $3::int[], $4::bigint[]) n (incarnation, completed, failed, busy_ms)
             where w.incarnation = n.incarnation`,
      values: [
        tallied.map(([incarnation]) => incarnation),
        tallied.map(([, { completed }]) => completed),
        tallied.map(([, { failed }]) => failed),
        tallied.map(([, { busyMs }]) => Math.round(busyMs)),
      ],
    })
  }
}
