// The map of the house: which room may import which. A room that is not listed here does not exist.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const src = resolve(import.meta.dirname, '../src')

/** What a room may import besides itself. `!` names files of that room that are open although the room is not. */
const mayImport: Record<string, readonly string[]> = {
  contract: [],
  shell: [],
  db: ['contract'],
  turn: ['contract'],
  llm: ['contract'],
  telemetry: ['contract'],
  capabilities: ['contract', 'shell'],
  durable: ['contract', 'db'],
  resources: ['contract', 'db', 'durable', 'turn', 'capabilities', 'llm/catalogue.ts', 'llm/models.json'],
  server: ['contract', 'db', 'durable', 'resources', 'shell', 'telemetry'],
  worker: ['contract', 'turn', 'llm', 'capabilities', 'telemetry'],
  cli: ['contract'],
  start: [
    'contract',
    'shell',
    'db',
    'turn',
    'llm',
    'telemetry',
    'capabilities',
    'durable',
    'resources',
    'server',
    'worker',
    'cli',
  ],
}

interface Import {
  from: string
  /** Relative to src, or the package's name. */
  to: string
  typeOnly: boolean
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
)

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8')
  const found = text.matchAll(
    /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'"`;]*?from\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  )
  return [...found].map(([, , type, from, dynamic]) => {
    const path = from ?? dynamic ?? ''
    const to = path.startsWith('.') ? relative(src, resolve(src, dirname(file), path)) : path
    return { from: file, to, typeOnly: type !== undefined }
  })
}

const imports = files.flatMap(importsOf)
const roomOf = (path: string): string => path.split('/')[0] ?? ''
const isInside = ({ to }: Import): boolean => roomOf(to) in mayImport && to.includes('/')

describe('the borders of the house', () => {
  test.each(Object.keys(mayImport))('%s imports only what it may', (room) => {
    const strays = imports
      .filter((one) => roomOf(one.from) === room && isInside(one) && roomOf(one.to) !== room)
      .filter(({ to }) => !mayImport[room]?.some((allowed) => allowed === to || allowed === roomOf(to)))
      .map(({ from, to }) => `${from} → ${to}`)
    expect(strays).toEqual([])
  })

  test('every file is in a room of the map', () => {
    expect(files.filter((file) => !(roomOf(file) in mayImport))).toEqual([])
  })

  test('only start/ reads the environment', () => {
    const readers = files.filter(
      (file) => roomOf(file) !== 'start' && readFileSync(join(src, file), 'utf8').includes('process.env'),
    )
    expect(readers).toEqual([])
  })

  test('a worker loads no database driver, whatever it imports on the way', () => {
    const reached = reachedFrom('start/worker.ts')
    expect(reached).toContain('worker/loop.ts')
    expect([...reached].filter((path) => path === 'pg' || path === 'kysely' || path.startsWith('db/'))).toEqual([])
  })
})

/** Everything a file loads at run time, files and packages. */
function reachedFrom(start: string): Set<string> {
  const reached = new Set<string>()
  const open = [start]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue
    reached.add(file)
    for (const one of imports) if (one.from === file && !one.typeOnly) open.push(one.to)
  }
  return reached
}
