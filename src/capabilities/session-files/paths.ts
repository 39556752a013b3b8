// How the file tools read a path and find what is there. Failures are sentences for the model.
import { type FileContent, type FileStore, ToolError } from '../../contract/capability.ts'
import { shownPath, treePath } from '../../contract/paths.ts'

/** The path as the session's tree has it. */
export function pathIn(text: string): string {
  const path = treePath(text)
  if (path === null) throw new ToolError(`Invalid path: ${JSON.stringify(text)} ('..' and NUL are not allowed)`)
  return path
}

/** The last part of a path in whatever form; the root is called by its folder. A path that is none stays as it is. */
export const nameOf = (path: string): string => shownPath(treePath(path) ?? path).replace(/^.*\//s, '')

/** The file at a path; missing files and directories are refused. */
export async function fileAt(files: FileStore, path: string): Promise<FileContent> {
  const file = path === '/' ? null : await files.read(path)
  if (path === '/' || file?.isDirectory)
    throw new ToolError(`Path is a directory: ${shownPath(path)}. Use list_directory to see it.`)
  if (!file) throw new ToolError(`File not found: ${shownPath(path)}`)
  return file
}

/** Refuses what cannot take a file's content. */
export async function refuseUnwritable(files: FileStore, path: string): Promise<void> {
  const there = path === '/' ? null : await files.stat(path)
  if (path === '/' || there?.isDirectory) throw new ToolError(`Path is a directory: ${shownPath(path)}. Choose a file path.`)
  if (there?.isReadonly) throw new ToolError(`File is read-only: ${shownPath(path)}`)
}
