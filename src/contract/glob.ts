// Which paths of the file tree a glob means: one reading for tools, the control plane and tests. Globs come from models, so a match
// is a walk over sets of positions: its time grows with path times pattern, whatever the pattern.
import { treePath } from './paths.ts'

/** `take` one character, `loop` over any number of them, or `jump`: go on here or so many places further. */
type Place = { take: (char: string) => boolean } | { loop: (char: string) => boolean } | { jump: number }

const inName = (char: string): boolean => char !== '/'
const any = (): boolean => true
const exactly = (wanted: string): Place => ({ take: (char) => char === wanted })

/** Braces multiply; what comes after this many readings of a pattern is not looked at. */
const maxReadings = 64

/**
 * A test for paths like `/docs/a.md`. `*` and `?` stay within a name, `**` crosses folders, `{a,b}` is either. A pattern without a
 * slash means the name in any folder; any other is anchored at the root, with or without `/workspace`.
 */
export function globTest(glob: string): (path: string) => boolean {
  const anchored = glob.includes('/') ? (treePath(glob) ?? glob) : `/**/${glob}`
  const readings = readingsOf(anchored).map(placesOf)
  return (path) => readings.some((places) => passes(path, places))
}

function readingsOf(glob: string): string[] {
  let readings = [glob]
  for (;;) {
    const next = readings.flatMap((reading) => {
      const found = /\{([^{}]*)\}/.exec(reading)
      if (!found) return [reading]
      const after = reading.slice(found.index + found[0].length)
      return (found[1] ?? '').split(',').map((choice) => reading.slice(0, found.index) + choice + after)
    })
    if (next.length === readings.length && next.every((reading, at) => reading === readings[at])) return readings
    readings = next.slice(0, maxReadings)
  }
}

function placesOf(glob: string): Place[] {
  return glob.split(/(\/\*\*\/|\*\*|[*?])/).flatMap((piece): Place[] => {
    if (piece === '/**/') return [exactly('/'), { jump: 3 }, { loop: any }, exactly('/')]
    if (piece === '**') return [{ loop: any }]
    if (piece === '*') return [{ loop: inName }]
    if (piece === '?') return [{ take: inName }]
    return [...piece].map(exactly)
  })
}

function passes(path: string, places: readonly Place[]): boolean {
  let here = reachable([0], places)
  for (const char of path) {
    const next = [...here].flatMap((at) => {
      const place = places[at]
      if (!place || 'jump' in place) return []
      if ('loop' in place) return place.loop(char) ? [at] : []
      return place.take(char) ? [at + 1] : []
    })
    here = reachable(next, places)
    if (here.size === 0) return false
  }
  return here.has(places.length)
}

/** These positions and all that can be reached from them without a character. */
function reachable(from: readonly number[], places: readonly Place[]): Set<number> {
  const found = new Set<number>()
  const open = [...from]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (found.has(at)) continue
    found.add(at)
    const place = places[at]
    if (place && 'loop' in place) open.push(at + 1)
    if (place && 'jump' in place) open.push(at + 1, at + place.jump)
  }
  return found
}
