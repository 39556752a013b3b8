// Lets an edit be matched whatever ends the lines of the file, and keeps every byte that it does not touch.

interface NewlineView {
  /** The file without its byte order mark, every line ending in `\n`. */
  text: string
  /** Replaces ranges of `text` in the file itself; ranges are in order and do not overlap. New lines end as the file's do. */
  apply(replacements: readonly Replacement[]): string
}
/** `text` takes the place of [start, end). */
export interface Replacement {
  start: number
  end: number
  text: string
}

const newlines = /\r\n|\r/g

export const unified = (text: string): string => text.replace(newlines, '\n')

export function newlineView(content: string): NewlineView {
  const mark = content.startsWith('\ufeff') ? '\ufeff' : ''
  const body = content.slice(mark.length)
  const style = /\r\n|\n|\r/.exec(body)?.[0] ?? '\n'
  const shrunk = shrunkAt(body)
  return {
    text: unified(body),
    apply: (replacements) => {
      let result = mark
      let from = 0
      for (const { start, end, text } of replacements) {
        result += body.slice(from, start + shrunk(start)) + text.replaceAll('\n', style)
        from = end + shrunk(end)
      }
      return result + body.slice(from)
    },
  }
}

/** How many characters `\r\n` lost before a position of the unified text. */
function shrunkAt(body: string): (position: number) => number {
  // Positions in the unified text just after each shortened newline, ascending.
  const after: number[] = []
  for (const found of body.matchAll(/\r\n/g)) after.push(found.index - after.length + 1)
  return (position) => {
    let low = 0
    let high = after.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((after[middle] ?? 0) <= position) low = middle + 1
      else high = middle
    }
    return low
  }
}
