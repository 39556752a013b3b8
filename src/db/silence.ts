// Notices connections whose other end is gone without a word: a cut cable, a firewall that forgot them, a host that is off. TCP would take
// minutes, and Node.js sets neither the intervals of its keepalive nor TCP_USER_TIMEOUT. That a statement takes long is no sign of it; so the
// server is asked, on a connection of its own, whether it is at work for us at all.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import pg from 'pg'

export interface SilenceOptions {
  /** Straight to the server: a pooler in between would give us other process ids than the server's. */
  url: string
  /** A statement that nothing was heard of for so long is asked about; 4 s unless said. */
  quietMs?: number
  /** How often is looked; a second unless said. */
  everyMs?: number
}

/** What pg knows of a client; @types/pg describes neither. */
interface Inside {
  processID: number
  readyForQuery: boolean
  connection: { stream: Socket }
}

interface Followed {
  inside: Inside
  bytesRead: number
  /** When the last bytes came, or the connection was last seen with nothing to wait for; `performance.now()`. */
  heardAt: number
  isIdle: boolean
}

const usual = { quietMs: 4_000, everyMs: 1_000 }
/** The server has so long to say what it is doing: connecting, then answering. */
const answerMs = 1_500
/** What it has just answered may still be on its way. */
const graceMs = 300

/** Breaks every connection of the pool that has fallen silent: what waits for it fails as with any lost connection. */
export function watchForSilence(pool: pg.Pool, options: SilenceOptions): { follow(client: pg.ClientBase): void } {
  const { quietMs, everyMs, url } = { ...usual, ...options }
  const all = new Map<pg.ClientBase, Followed>()
  let timer: NodeJS.Timeout | undefined
  let isAsking = false

  pool.on('acquire', (client) => setIdle(client, false))
  pool.on('release', (_error, client) => setIdle(client, true))
  const setIdle = (client: pg.ClientBase, isIdle: boolean) => {
    const followed = all.get(client)
    if (followed) Object.assign(followed, { isIdle, heardAt: performance.now() })
  }

  async function look(): Promise<void> {
    const suspects = [...all.values()].flatMap((one) =>
      isWaiting(one) && performance.now() - one.heardAt > quietMs ? [{ one, heardAt: one.heardAt }] : [],
    )
    if (suspects.length === 0 || isAsking) return
    isAsking = true
    const atWork = await pidsAtWork(
      url,
      suspects.map(({ one }) => one.inside.processID),
    )
    await new Promise((resolve) => setTimeout(resolve, graceMs))
    const silent = suspects.flatMap(({ one, heardAt }) =>
      isWaiting(one) && one.heardAt === heardAt && !atWork.includes(one.inside.processID) ? [one] : [],
    )
    if (silent.length > 0) await giveUp(silent)
    isAsking = false
  }

  /** Idle ones that were not heard of for as long are taken to have been cut with them. */
  async function giveUp(silent: readonly Followed[]): Promise<void> {
    const idle = [...all.values()].filter((one) => one.isIdle && performance.now() - one.heardAt > quietMs)
    // They go first: whoever hears that a connection is lost and asks the pool for another must not be given one of them.
    await Promise.all(idle.map(breakOff))
    await Promise.all(silent.map(breakOff))
  }

  return {
    follow(client) {
      // What pg.Client is besides what its types say.
      const inside = client as unknown as Inside
      all.set(client, { inside, bytesRead: 0, heardAt: performance.now(), isIdle: false })
      timer ??= setInterval(() => void look(), everyMs).unref()
      client.once('end', () => {
        all.delete(client)
        if (all.size > 0) return
        clearInterval(timer)
        timer = undefined
      })
    },
  }
}

/** Resolves when the pool has heard of it. */
async function breakOff({ inside }: Followed): Promise<void> {
  const { stream } = inside.connection
  if (stream.closed) return
  stream.destroy()
  await once(stream, 'close')
}

/** True while an answer is due; notes whether something came since the last look. */
function isWaiting(followed: Followed): boolean {
  const { inside, bytesRead } = followed
  const now = inside.connection.stream.bytesRead
  const isDue = inside.readyForQuery === false
  if (now !== bytesRead || (!isDue && !followed.isIdle)) followed.heardAt = performance.now()
  followed.bytesRead = now
  return isDue
}

/** Those of the processes that the server is busy in. All, when it answers but will not say; none, when it does not answer. */
async function pidsAtWork(url: string, pids: readonly number[]): Promise<readonly number[]> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'everruns silence',
    connectionTimeoutMillis: answerMs,
    query_timeout: answerMs,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity where pid = any($1::int[]) and (state like 'idle%' or wait_event_type = 'Client') is not true`,
      [pids],
    )
    return rows.map(({ pid }) => pid)
  } catch (error) {
    return error instanceof pg.DatabaseError ? pids : []
  } finally {
    client.end().catch(() => {})
  }
}
