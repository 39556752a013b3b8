// Finds the lines that match a regular expression. The expression comes from a model, so the search runs against a clock.
import { runInNewContext } from 'node:vm'
import { type FileContent, ToolError } from '../../contract/capability.ts'
import { shownPath } from '../../contract/paths.ts'
import { splitLines } from './content.ts'

/** The whole search, all files. V8 stops even inside a single match. */
const searchMs = 1000

export interface Match {
  file: SearchedFile
  /** Line, counted from 0. */
  at: number
}
interface SearchedFile {
  path: string
  lines: string[]
}

/** `(?i)` and the like in front are understood. */
export function expressionOf(pattern: string): RegExp {
  const flags = /^\(\?([ims]+)\)/.exec(pattern)
  try {
    return new RegExp(flags ? pattern.slice(flags[0].length) : pattern, flags?.[1] && [...new Set(flags[1])].join(''))
  } catch (error) {
    throw new ToolError(`Invalid regex: ${error instanceof Error ? error.message : pattern}`)
  }
}

/** Every matching line, in the order of the files. Throws ToolError when the search takes too long. */
export function matchesIn(files: readonly FileContent[], expression: RegExp): Match[] {
  const search = () =>
    files.flatMap((content) => {
      const file = { path: shownPath(content.path), lines: splitLines(content.content) }
      return file.lines.flatMap((line, at) => (expression.test(line) ? [{ file, at }] : []))
    })
  return withinTime(search)
}

function withinTime<T>(search: () => T): T {
  try {
    // Only the clock of vm is wanted: it ends whatever runs on this thread, regular expressions included.
    return runInNewContext('search()', { search }, { timeout: searchMs })
  } catch (error) {
    // The error comes from the other context: it is no Error of ours.
    if (typeof error === 'object' && error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new ToolError('The search took too long. Use a simpler pattern, or narrow it with path_pattern.')
    throw error
  }
}
