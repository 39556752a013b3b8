// What replicas tell each other: the sessions that have new events. Only hints; the log is the truth.
import { randomBytes } from 'node:crypto'
import type { Uuid } from '../../contract/ids.ts'
import type { Hint } from '../../db/hint.ts'

/** The line that carries them. */
export type HintLine = Pick<Hint, 'publish' | 'subscribe'>

interface Listener {
  changed(sessionId: Uuid): void
  /** The line was broken for a while, or has just begun. */
  missed(): void
}

const channel = 'events'
/** Between two hints of one process; what happens meanwhile goes together. */
const lingerMs = 5
/** Ids of one payload: 220 × 37 characters stay under PostgreSQL's limit of 8,000 bytes. */
const idsPerHint = 200

/** Tells others of changed sessions and listens to them; a process does not hear itself. */
export function sessionHints(line: HintLine, listener: Listener) {
  const self = randomBytes(6).toString('hex')
  const changed = new Set<Uuid>()
  let timer: NodeJS.Timeout | undefined

  const unsubscribe = line.subscribe(channel, {
    receive(payload) {
      const [from, ids = ''] = payload.split(' ')
      if (from !== self) for (const id of ids.split(',')) listener.changed(id)
    },
    missed: listener.missed,
  })

  /** The first change goes out at once, what follows within the linger goes together. */
  function flush(): void {
    timer = changed.size === 0 ? undefined : setTimeout(flush, lingerMs)
    const ids = [...changed]
    changed.clear()
    for (let at = 0; at < ids.length; at += idsPerHint)
      line.publish(channel, `${self} ${ids.slice(at, at + idsPerHint).join(',')}`)
  }

  return {
    tell(sessionId: Uuid): void {
      changed.add(sessionId)
      timer ??= setTimeout(flush, 0)
    },
    close(): void {
      clearTimeout(timer)
      unsubscribe()
    },
  }
}
