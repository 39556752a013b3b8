// CPU time as Linux counts it (/proc, ticks of 10 ms): of single processes, of a PostgreSQL with all its backends, of the machine.
import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

const tickMs = 10

interface ProcessTimes {
  parent: number
  ownMs: number
  /** Of children that ended and were waited for. */
  endedChildrenMs: number
}

/** Null when there is no such process. */
function timesOf(pid: number): ProcessTimes | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may contain anything; the numbers begin after it.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [1, 11, 12, 13, 14].map((n) => fields[n])
    return { parent, ownMs: (user + system) * tickMs, endedChildrenMs: (endedUser + endedSystem) * tickMs }
  } catch {
    return null
  }
}

/** CPU milliseconds a process has used, all its threads included. */
export const cpuOf = (pid: number): number => timesOf(pid)?.ownMs ?? 0

export const parentOf = (pid: number): number => timesOf(pid)?.parent ?? 0

/** CPU milliseconds of a process, its living children and those that ended: a postmaster and its backends. */
export function cpuOfFamily(pid: number): number {
  const root = timesOf(pid)
  if (!root) return 0
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => timesOf(Number(name)))
    .filter((times) => times?.parent === pid)
  return children.reduce((sum, times) => sum + (times?.ownMs ?? 0), root.ownMs + root.endedChildrenMs)
}

/** CPU milliseconds of all processes together, since the machine started. */
export function cpuOfMachine(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const fields = line.trim().split(/\s+/).slice(1).map(Number)
  // user, nice, system, irq, softirq; not idle, iowait, steal.
  return [0, 1, 2, 5, 6].reduce((sum, n) => sum + (fields[n] ?? 0), 0) * tickMs
}

export const cores = availableParallelism()

/** Waits for less than `share` of the CPU to be in use, but not longer than `patienceMs`; answers the share at the end. */
export async function quietMachine(patienceMs: number, share = 0.12): Promise<number> {
  const until = performance.now() + patienceMs
  for (;;) {
    const [before, from] = [cpuOfMachine(), performance.now()]
    await pause(700)
    const used = (cpuOfMachine() - before) / (performance.now() - from) / cores
    if (used < share || performance.now() > until) return used
    await pause(800)
  }
}
