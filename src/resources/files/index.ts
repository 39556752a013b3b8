// Everything that can be done with the files of a workspace or session.
import { copyFile } from './copy.ts'
import { createPath } from './create.ts'
import { deletePath } from './delete.ts'
import { downloadPath, previewPath } from './download.ts'
import { getPath, getRoot } from './get.ts'
import { grepFiles } from './grep.ts'
import { moveFile } from './move.ts'
import { statFile } from './stat.ts'
import { updatePath } from './update.ts'
import { listSessionFiles, readSessionFile, sessionTextFiles } from './worker.ts'

export const files = [
  getRoot,
  getPath,
  createPath,
  updatePath,
  deletePath,
  moveFile,
  copyFile,
  grepFiles,
  statFile,
  downloadPath,
  previewPath,
  readSessionFile,
  listSessionFiles,
  sessionTextFiles,
]
