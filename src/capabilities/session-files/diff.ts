// A unified diff of known replacements: no search for differences, the edits say where they are.
import type { Replacement } from './newlines.ts'

const contextLines = 2

/** Lines [at, at + before.length) became `after`. Lines are counted from 0. */
interface Change {
  at: number
  before: string[]
  after: string[]
}

/** `firstLine` counts from 1; null when nothing changed. `replacements` are in order and do not overlap. */
export function diffOf(text: string, replacements: readonly Replacement[]): { diff: string; firstLine: number | null } {
  const lines = text.split('\n')
  const changes = changesOf(text, lines, replacements)
  let grown = 0
  const hunks = groupsOf(changes).map((group) => {
    const hunk = hunkOf(lines, group, grown)
    grown += group.reduce((sum, change) => sum + change.after.length - change.before.length, 0)
    return hunk
  })
  return { diff: hunks.join('\n'), firstLine: changes[0] ? changes[0].at + 1 : null }
}

function changesOf(text: string, lines: readonly string[], replacements: readonly Replacement[]): Change[] {
  const starts = lineStarts(lines)
  const lineAt = (position: number) => lastNotAfter(starts, position)
  const changes: Change[] = []
  for (let next = 0; next < replacements.length; ) {
    // Replacements that share a line are one change.
    const first = lineAt(replacements[next]?.start ?? 0)
    let last = first
    const group: Replacement[] = []
    for (let one = replacements[next]; one && (group.length === 0 || lineAt(one.start) <= last); one = replacements[++next]) {
      group.push(one)
      last = lineAt(one.end)
    }
    const before = lines.slice(first, last + 1)
    const from = starts[first] ?? 0
    const after = replaced(text.slice(from, from + before.join('\n').length), group, from).split('\n')
    changes.push(...trimmed({ at: first, before, after }))
  }
  return changes
}

function replaced(text: string, group: readonly Replacement[], from: number): string {
  let result = ''
  let done = 0
  for (const { start, end, text: instead } of group) {
    result += text.slice(done, start - from) + instead
    done = end - from
  }
  return result + text.slice(done)
}

/** Without the lines that stay the same at either end; nothing when all do. */
function trimmed({ at, before, after }: Change): Change[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  const most = Math.min(before.length, after.length) - head
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  const change = {
    at: at + head,
    before: before.slice(head, before.length - tail),
    after: after.slice(head, after.length - tail),
  }
  return change.before.length + change.after.length > 0 ? [change] : []
}

/** Changes whose context would touch share a hunk. */
function groupsOf(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = []
  for (const change of changes) {
    const last = groups.at(-1)?.at(-1)
    if (last && change.at - (last.at + last.before.length) <= 2 * contextLines) groups.at(-1)?.push(change)
    else groups.push([change])
  }
  return groups
}

function hunkOf(lines: readonly string[], group: readonly Change[], grown: number): string {
  const start = Math.max(0, (group[0]?.at ?? 0) - contextLines)
  const rows: string[] = []
  let at = start
  const same = (to: number) => rows.push(...lines.slice(at, to).map((line) => ` ${line}`))
  for (const change of group) {
    same(change.at)
    rows.push(...change.before.map((line) => `-${line}`), ...change.after.map((line) => `+${line}`))
    at = change.at + change.before.length
  }
  same(at + contextLines)
  const count = (sign: string) => rows.filter((row) => row[0] === ' ' || row[0] === sign).length
  return [`@@ -${start + 1},${count('-')} +${start + grown + 1},${count('+')} @@`, ...rows].join('\n')
}

function lineStarts(lines: readonly string[]): number[] {
  let at = 0
  return lines.map((line) => {
    const start = at
    at += line.length + 1
    return start
  })
}

/** Index of the last of the ascending numbers that is not greater than `position`. */
function lastNotAfter(ascending: readonly number[], position: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) <= position) low = middle + 1
    else high = middle
  }
  return low - 1
}
