// Paths in a session's file tree. At rest `/notes.md`; people and models see `/workspace/notes.md`. Nothing else knows the prefix.

const root = '/workspace'

/**
 * `/workspace/x`, `/x` and `x` → `/x`; `''`, `/` and `/workspace` → `/`. Doubled and trailing slashes and `.` go away.
 * Null for what is no path: a `..` step or a NUL. A backslash is a plain character.
 */
export function treePath(text: string): string | null {
  const steps = text.split('/').filter((step) => step !== '' && step !== '.')
  if (text.includes('\0') || steps.includes('..')) return null
  if (steps[0] === root.slice(1)) steps.shift()
  return `/${steps.join('/')}`
}

/** `/notes.md` → `/workspace/notes.md`. */
export const shownPath = (path: string): string => (path === '/' ? root : `${root}${path}`)
