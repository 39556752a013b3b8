// POST /v1/durable/tasks: a task that belongs to no workflow, for workers that bring a step of that name.
import { z } from 'zod'
import type { Json } from '../../../contract/json.ts'
import { overLimit, Problem } from '../../../contract/problem.ts'
import { insertStandalone } from '../../../durable/index.ts'
import { operation } from '../../context.ts'
import { mib } from '../../shared/limits.ts'
import { uuid } from '../lists.ts'
import { pendingStandalone } from './store.ts'

const pendingMax = 10_000
/** They need a turn around them. */
const stepsOfTurns = ['reason', 'act']

const options = z
  .object({
    max_attempts: z.number().int().min(1).max(100).nullish(),
    priority: z.number().int().min(-32_768).max(32_767).nullish(),
  })
  .meta({ id: 'EnqueueTaskOptions' })

/** Problems: `bad_request` for a step of turns, `conflict` while 10,000 of the organisation's standalone tasks wait. */
export const enqueueTask = operation({
  name: 'enqueue_task',
  route: 'POST /v1/durable/tasks',
  tag: 'durable',
  summary: 'Enqueue a task that stands alone.',
  needs: 'durable.manage',
  class: 'write',
  ownTransactions: true,
  status: 201,
  input: z
    .object({ activity_type: z.string().min(1).max(255), input: z.any(), options: options.nullish() })
    .meta({ id: 'EnqueueTaskRequest' }),
  output: z.object({ task_id: uuid }).meta({ id: 'EnqueueTaskResponse' }),
  example: { input: { activity_type: 'send_report', input: { week: 47 }, options: { max_attempts: 3, priority: 0 } } },

  async run({ db, orgId, durable }, { activity_type: kind, input, options }) {
    if (stepsOfTurns.includes(kind)) throw new Problem('bad_request', `${kind} is a step of turns and cannot stand alone`)
    if (JSON.stringify(input).length > mib) throw overLimit()
    const task = {
      orgId,
      kind,
      // It came in as JSON.
      input: input as Json,
      priority: options?.priority ?? undefined,
      maxAttempts: options?.max_attempts ?? undefined,
    }
    const { taskId } = await db.asOrg(orgId, 'write', async (tx) => {
      if ((await pendingStandalone(tx, orgId, pendingMax)) >= pendingMax) throw tooManyPending()
      return insertStandalone(tx, task)
    })
    durable.wake()
    return { task_id: taskId }
  },
})

const tooManyPending = (): Problem =>
  new Problem('conflict', `${pendingMax} standalone tasks wait already; let workers take some first`, {
    code: 'standalone_task_queue_limit_exceeded',
  })
