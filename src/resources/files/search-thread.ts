// Runs a caller's regular expression over files on a thread of its own: a pattern can take for ever, and a thread can be ended.
import { Worker } from 'node:worker_threads'
import { Problem } from '../../contract/problem.ts'

export interface LineMatch {
  path: string
  line_number: number
  line: string
}

const timeoutMs = 2000
const maxMatches = 10_000
const maxLineLength = 2000
const memoryMb = 256

// Text, because a file of our own would have another name and another form in every way this product is run and built.
const thread = `
const { parentPort, workerData } = require('node:worker_threads')
const { files, source, maxMatches, maxLineLength } = workerData
const pattern = new RegExp(source)
const matches = []
for (const { path, content } of files) {
  for (const [index, line] of content.split(/\\r?\\n/).entries()) {
    if (matches.length >= maxMatches) break
    if (pattern.test(line)) matches.push({ path, line_number: index + 1, line: line.slice(0, maxLineLength) })
  }
}
parentPort.postMessage(matches)`

/**
 * The matching lines, at most 10,000, each cut at 2,000 characters. Problem bad_request for a pattern that is not a JavaScript
 * regular expression or takes more than 2 s.
 */
export async function searchLines(
  files: { path: string; content: string }[],
  source: string,
  signal: AbortSignal,
): Promise<LineMatch[]> {
  checkPattern(source)
  if (files.length === 0) return []
  const worker = new Worker(thread, {
    eval: true,
    execArgv: [],
    workerData: { files, source, maxMatches, maxLineLength },
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  })
  try {
    return await firstWordOf(worker, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]))
  } finally {
    await worker.terminate()
  }
}

function checkPattern(source: string): void {
  try {
    new RegExp(source)
  } catch (cause) {
    throw new Problem('bad_request', 'The pattern is not a valid regular expression', { code: 'invalid_pattern', cause })
  }
}

function firstWordOf(worker: Worker, deadline: AbortSignal): Promise<LineMatch[]> {
  return new Promise((resolve, reject) => {
    deadline.addEventListener('abort', () => reject(tooSlow()), { once: true })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

const tooSlow = (): Problem =>
  new Problem('bad_request', 'The pattern takes too long on these files', { code: 'pattern_too_slow' })
