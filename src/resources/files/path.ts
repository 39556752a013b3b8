// Paths as REST takes them: stricter than tools, because a person's doubled slash is a mistake worth naming.
import { treePath } from '../../contract/paths.ts'
import { overLimit, Problem } from '../../contract/problem.ts'

/** Longer paths would not fit the index. */
export const maxPathBytes = 1024
/** U+FFFD is what a NUL has become by the time it gets here. */
const unusable = /\/\/|\ufffd/

/**
 * `/workspace/x`, `/x`, `x` → `/x`; `''`, `/`, `/workspace` → `/`. One trailing slash goes away.
 * Problem bad_request for `..`, `//`, NUL, a reserved first segment `_`, and beyond 1,024 bytes.
 */
export function checkedPath(text: string): string {
  const path = unusable.test(text) ? null : treePath(text)
  if (path === null) throw new Problem('bad_request', 'A path has no `..`, no empty step and no NUL', { code: 'invalid_path' })
  if (Buffer.byteLength(path) > maxPathBytes) throw overLimit()
  if (path === '/_' || path.startsWith('/_/')) {
    throw new Problem('bad_request', 'Paths that begin with `_` are reserved', { code: 'invalid_path' })
  }
  return path
}

/** The same, where the root is no answer. */
export function checkedEntryPath(text: string): string {
  const path = checkedPath(text)
  if (path === '/')
    throw new Problem('bad_request', 'The root itself cannot be written, moved or deleted', { code: 'invalid_path' })
  return path
}

/** `/a/b/c` → `/a`, `/a/b`. */
export function ancestorsOf(path: string): string[] {
  const steps = path.split('/').slice(1, -1)
  return steps.map((_, depth) => `/${steps.slice(0, depth + 1).join('/')}`)
}

/** The last step; `/` for the root. */
export const nameOf = (path: string): string => (path === '/' ? '/' : path.slice(path.lastIndexOf('/') + 1))
