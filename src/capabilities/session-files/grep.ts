// grep_files: the lines that match, alone or with the lines around them.
import { z } from 'zod'
import { tool } from '../../contract/capability.ts'
import type { JsonObject } from '../../contract/json.ts'
import { expressionOf, type Match, matchesIn } from './search.ts'
import { headOf, pageOf } from './truncation.ts'

const maxLineBytes = 2000
const context = z.number().int().min(0).max(20).default(0)

export const grepFiles = tool({
  name: 'grep_files',
  displayName: 'Search files',
  says: 'Find lines in the text files by regular expression. With context lines the answer has `blocks` in place of `matches`.',
  effect: 'transactional',
  hints: { readonly: true, idempotent: true },
  args: z.object({
    pattern: z.string().min(1).describe('Regular expression (JavaScript); (?i) in front ignores case.'),
    path_pattern: z.string().optional().describe('Only files that pass this glob, e.g. *.txt or docs/*.'),
    offset: z.number().int().min(0).default(0).describe('Matches to skip.'),
    limit: z.number().int().min(1).max(1000).default(200).describe('Most matches to return.'),
    before_context: context.describe('Lines to show before each match.'),
    after_context: context.describe('Lines to show after each match.'),
  }),
  narrate: ({ pattern }) => `Searching for ${pattern}`,
  run: async ({ pattern, path_pattern, offset, limit, before_context, after_context }, { files }) => {
    const expression = expressionOf(pattern)
    const found = matchesIn(await files.textFiles(path_pattern), expression)
    const around = { before: before_context, after: after_context }
    const withContext = around.before + around.after > 0
    const items = found.map((match) => (withContext ? contextOf(match, around) : lineOf(match)))
    const { page, truncation } = pageOf(items, offset, limit, 'matches')
    const shown: JsonObject = withContext
      ? { blocks: blocksOf(found.slice(offset, offset + page.length), around) }
      : { matches: page }
    return { pattern, ...shown, match_count: page.length, total_matches: found.length, offset, limit, truncation }
  },
})

interface Around {
  before: number
  after: number
}

const lineOf = ({ file, at }: Match): JsonObject => ({ path: file.path, line_number: at + 1, line: clipped(file.lines[at]) })

/** One match with its own context: what it costs at most once it is merged into a block. */
const contextOf = (match: Match, around: Around): JsonObject => ({ path: match.file.path, lines: linesAround([match], around) })

/** Matches whose context touches share a block. */
function blocksOf(matches: readonly Match[], around: Around): JsonObject[] {
  const groups: Match[][] = []
  for (const match of matches) {
    const last = groups.at(-1)?.at(-1)
    const touches = last?.file === match.file && match.at - around.before <= last.at + around.after + 1
    if (touches) groups.at(-1)?.push(match)
    else groups.push([match])
  }
  return groups.flatMap((group) => (group[0] ? [{ path: group[0].file.path, lines: linesAround(group, around) }] : []))
}

function linesAround(group: readonly Match[], { before, after }: Around): JsonObject[] {
  const first = group[0]
  const last = group.at(-1)
  if (!first || !last) return []
  const start = Math.max(0, first.at - before)
  const matching = new Set(group.map((match) => match.at))
  return first.file.lines.slice(start, last.at + after + 1).map((line, ahead) => ({
    line_number: start + ahead + 1,
    line: clipped(line),
    is_match: matching.has(start + ahead),
  }))
}

const clipped = (line = ''): string => (Buffer.byteLength(line) > maxLineBytes ? `${headOf(line, maxLineBytes)}…` : line)
