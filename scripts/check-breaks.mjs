// npm run check:breaks: a check that cannot fail is no check. Copies the tree, breaks it in three ways, and sees each one caught.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Each break: the file, how its text is changed, and the test that must notice. */
const breaks = [
  {
    what: 'a border: the worker imports the database',
    file: 'src/worker/loop.ts',
    change: (text) => `import '../db/connect.ts'\n${text}`,
    test: 'test/borders.test.ts',
  },
  {
    what: 'the catalogue: two capabilities with one id',
    file: 'src/capabilities/noop.ts',
    change: (text) => text.replace(/id: '[a-z_]+'/, "id: 'current_time'"),
    test: 'test/catalogue.test.ts',
  },
  {
    what: 'the schema: schema.sql is not what the migrations build',
    file: 'schema.sql',
    change: (text) => text.replace(/last_sequence int(eger)?/i, 'last_sequence bigint'),
    test: 'src/db/schema.test.ts',
  },
]

const copy = mkdtempSync(join(tmpdir(), 'everruns-breaks-'))
try {
  copyTree()
  const tests = breaks.map(({ test }) => test)
  if (!passes(tests)) throw new Error('The unbroken copy does not pass: nothing can be said about the breaks.')
  console.log('unbroken copy: passes')
  const missed = breaks.filter((one) => !isCaught(one))
  console.log(`${breaks.length - missed.length} of ${breaks.length} breaks caught`)
  process.exitCode = missed.length > 0 ? 1 : 0
} finally {
  rmSync(copy, { recursive: true, force: true })
}

function copyTree() {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  for (const file of listed.split('\n').filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
}

function passes(tests) {
  return spawnSync('node_modules/.bin/vitest', ['run', ...tests], { cwd: copy, stdio: 'ignore' }).status === 0
}

function isCaught({ what, file, change, test }) {
  const path = join(copy, file)
  const whole = readFileSync(path, 'utf8')
  const broken = change(whole)
  if (broken === whole) throw new Error(`${file} has nothing to break in this way any more; adapt this script.`)
  writeFileSync(path, broken)
  const caught = !passes([test])
  writeFileSync(path, whole)
  console.log(`${caught ? 'caught' : 'MISSED'}: ${what} (${test})`)
  return caught
}
