// edit_file: exact replacements, all matched against the file as it was, all made or none.
import { z } from 'zod'
import { type FileContent, ToolError, tool } from '../../contract/capability.ts'
import type { JsonObject } from '../../contract/json.ts'
import { shownPath } from '../../contract/paths.ts'
import { contentHash, refuseUnstorable } from './content.ts'
import { diffOf } from './diff.ts'
import { newlineView, type Replacement, unified } from './newlines.ts'
import { fileAt, nameOf, pathIn } from './paths.ts'

const maxDiffChars = 16_000

const edit = z.object({
  old_text: z.string().min(1).describe('Text that stands exactly once in the file.'),
  new_text: z.string().describe('What takes its place.'),
})
type Edit = z.infer<typeof edit>

const args = z.object({
  path: z.string().describe('Path of the file.'),
  expected_hash: z.string().min(1).describe('content_hash of the file as you last read or wrote it.'),
  edits: z.array(edit).min(1).describe('Edits, each matched against the file as it is now; they may not overlap.'),
})

/** Some models send one edit beside the list, or in its place; an empty old_text is none. */
function withLooseEdit(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { old_text, new_text, ...rest } = value as { old_text?: unknown; new_text?: unknown; edits?: unknown } // any object fits
  if (typeof old_text !== 'string' || old_text === '') return rest
  return { ...rest, edits: [...(Array.isArray(rest.edits) ? rest.edits : []), { old_text, new_text }] }
}

export const editFile = tool({
  name: 'edit_file',
  displayName: 'Edit file',
  says: 'Replace exact pieces of a text file. All edits are made, or none.',
  effect: 'transactional',
  hints: { concurrency_class: 'session_workspace' },
  args: z.preprocess(withLooseEdit, args),
  narrate: ({ path }) => `Editing ${nameOf(path)}`,
  run: async ({ path: asked, expected_hash, edits }, { files }) => {
    const path = pathIn(asked)
    const file = await fileAt(files, path)
    refuseUneditable(file)
    const previous = contentHash(file.content, 'text')
    const unchanged = expected_hash.replace(/^sha256:/, '') === previous.slice('sha256:'.length)
    const done = edited(file.content, distinct(edits), unchanged ? null : shownPath(path))
    refuseUnstorable(done.content, 'text')
    const { sizeBytes } = await files.write(path, done.content, 'text')
    return {
      path: shownPath(path),
      size_bytes: sizeBytes,
      content_hash: contentHash(done.content, 'text'),
      previous_content_hash: previous,
      ...done.report,
    }
  },
})

function refuseUneditable(file: FileContent): void {
  if (file.isReadonly) throw new ToolError(`File is read-only: ${shownPath(file.path)}`)
  if (file.encoding !== 'text') throw new ToolError(`Not a text file: ${shownPath(file.path)}. Replace it with write_file.`)
}

const distinct = (edits: readonly Edit[]): Edit[] => [
  ...new Map(edits.map((one) => [JSON.stringify([one.old_text, one.new_text]), one])).values(),
]

/**
 * A file that changed since it was read is still edited when every edit fits it without doubt; else the model is told to read it
 * again (`changedPath`).
 */
function edited(content: string, edits: readonly Edit[], changedPath: string | null): { content: string; report: JsonObject } {
  const view = newlineView(content)
  const replacements = placed(view.text, edits, changedPath)
  const { diff, firstLine } = diffOf(view.text, replacements)
  return {
    content: view.apply(replacements),
    report: {
      applied_edits: edits.length,
      ...(firstLine === null ? {} : { first_changed_line: firstLine }),
      diff: diff.slice(0, maxDiffChars),
      diff_truncated: diff.length > maxDiffChars,
    },
  }
}

/** Where each edit goes, in the order of the file. */
function placed(text: string, edits: readonly Edit[], changedPath: string | null): Replacement[] {
  const refuse = (why: string): never => {
    throw new ToolError(changedPath ? `${changedPath} has changed since you last read it, and ${why}. Read it again.` : `${why}.`)
  }
  const replacements = edits.map((one, at): Replacement => {
    const old = unified(one.old_text)
    const start = text.indexOf(old)
    if (start < 0) refuse(`edit ${at + 1}: no exact match for old_text`)
    if (text.indexOf(old, start + 1) >= 0)
      refuse(`edit ${at + 1}: ambiguous match, old_text stands more than once; add lines around it`)
    return { start, end: start + old.length, text: unified(one.new_text) }
  })
  replacements.sort((a, b) => a.start - b.start)
  for (const [at, one] of replacements.entries()) {
    if (one.start < (replacements[at - 1]?.end ?? 0)) refuse('overlapping edits: two edits change the same text; make them one')
  }
  return replacements
}
