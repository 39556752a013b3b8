// A NOTIFY costs a commit, and a process that is alone has nobody to tell. Processes find each other through the hint line itself;
// one that is not known yet finds what it missed by looking, as after every lost hint.
import { randomBytes } from 'node:crypto'
import type { Hint } from './hint.ts'

const channel = 'peers'

export interface PeerOptions {
  /** How often a process with peers says that it is here; one that is silent for three times as long is forgotten. */
  everyMs?: number
}

/** The same line, quiet while no other process listens to it. Closing it closes the line. */
export function quietWhenAlone(line: Hint, { everyMs = 10_000 }: PeerOptions = {}): Hint {
  const self = randomBytes(6).toString('hex')
  const heardAt = new Map<string, number>()
  const say = (word: 'hello' | 'here' | 'bye') => line.publish(channel, `${word} ${self}`)

  const unsubscribe = line.subscribe(channel, {
    missed: () => say('hello'),
    receive(payload) {
      const [word, from = ''] = payload.split(' ')
      if (from === self) return
      if (word === 'bye') heardAt.delete(from)
      else heardAt.set(from, performance.now())
      if (word === 'hello') say('here')
    },
  })
  const timer = setInterval(() => {
    for (const [peer, at] of heardAt) if (at < performance.now() - 3 * everyMs) heardAt.delete(peer)
    if (heardAt.size > 0) say('here')
  }, everyMs)

  return {
    publish(to, payload) {
      if (heardAt.size > 0) line.publish(to, payload)
    },
    subscribe: (to, listener) => line.subscribe(to, listener),
    async close() {
      clearInterval(timer)
      unsubscribe()
      if (heardAt.size > 0) say('bye')
      await line.close()
    },
  }
}
