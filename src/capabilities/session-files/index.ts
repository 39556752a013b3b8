// The session's files, as the model uses them.
import type { Capability } from '../../contract/capability.ts'
import { deleteFile } from './delete.ts'
import { editFile } from './edit.ts'
import { grepFiles } from './grep.ts'
import { listDirectory, statFile } from './list.ts'
import { readFile, readManyFiles } from './read.ts'
import { writeFile } from './write.ts'

export const sessionFileSystem: Capability = {
  id: 'session_file_system',
  name: 'File System',
  description: "Reads, writes and searches the session's files.",
  icon: 'hard-drive',
  category: 'File Operations',
  docsSlug: 'session-file-system',
  features: ['file_system'],
  prompt: `You have a file workspace that lasts as long as this session. Its root is /workspace and every path begins there. Missing parent directories are created on write.
Read a file before you say what is in it or change it. Read economically: search first in large files, then read the part you need.`,
  tools: [readFile, readManyFiles, writeFile, editFile, listDirectory, grepFiles, deleteFile, statFile],
}
