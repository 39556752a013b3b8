import { afterAll, beforeAll, expect, test } from 'vitest'
import { openReplica, type Replica, sessionLog, wireEventId } from '../../../test/support/door.ts'
import type { StoredEvent } from '../../contract/events/index.ts'

let log: Awaited<ReturnType<typeof sessionLog>>
let replica: Replica
beforeAll(async () => {
  log = await sessionLog()
  replica = await openReplica({ url: log.url })
})
afterAll(async () => {
  await replica.close()
  await log.close()
})

/** As a control plane whose clock is wrong makes ids: only what they say of the sequence is to be relied on. */
const madeAt = (event: StoredEvent, ms: number): StoredEvent => {
  const time = ms.toString(16).padStart(12, '0')
  return { ...event, id: `${time.slice(0, 8)}-${time.slice(8)}${event.id.slice(13)}` }
}

test('readers resume at every event, however far the clocks of those who wrote them are apart', async () => {
  const hour = 3_600_000
  const now = Date.now()
  const skews = [0, hour, -hour, 0, 2 * hour, -2 * hour, hour, 0]
  const events = await log.commit(skews.map((skew) => madeAt(log.next('session.title.updated', { title: 'x' }), now + skew)))
  for (const [n, event] of events.entries()) {
    const { body } = await replica.http.inject({
      method: 'GET',
      url: `/v1/sessions/${log.session}/events?since_id=${wireEventId(event.id)}`,
    })
    const after = JSON.parse(body).data.map(({ sequence }: { sequence: number }) => sequence)
    expect(after).toEqual(events.slice(n + 1).map(({ sequence }) => sequence))
  }
})
