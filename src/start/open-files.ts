// How many files and sockets the operating system lets this process have, and how many of them may be connections of clients.
import { readFileSync } from 'node:fs'

/** For the database, workers, outgoing calls, logs, and refusing those for whom there is no room. */
const keptBack = 128
const mostConnections = 1_000_000

/** `ulimit -n` as Linux shows it; Infinity on other systems, where nothing is refused for it. */
function openFilesMax(): number {
  try {
    const [, soft] = readFileSync('/proc/self/limits', 'utf8').match(/^Max open files\s+(\d+)/m) ?? []
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** Of so many open files, those that clients may take; half of them where there are very few. */
export const connectionsMax = (openFiles = openFilesMax()): number =>
  Math.min(mostConnections, Math.max(openFiles - keptBack, Math.floor(openFiles / 2)))
