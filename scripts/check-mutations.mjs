// npm run check:mutations [-- part of a name]: a promise is only as good as the check that would miss it. Copies the tree, breaks it in one
// way after another, runs the checks that must notice, and says which did. Exit 1 when one noticed nothing.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mutations } from '../test/faults/mutations/list.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const wanted = process.argv[2] ?? ''
const chosen = mutations.filter(({ name }) => name.includes(wanted))
const copy = mkdtempSync(join(tmpdir(), 'everruns-mutations-'))

try {
  copyTree()
  const failing = failingAmong([...new Set(chosen.flatMap(({ caughtBy }) => caughtBy))])
  if (failing.length > 0)
    throw new Error(`The unbroken copy does not pass ${failing.join(', ')}: nothing can be said about the mutations.`)
  console.log(`unbroken copy: passes. ${chosen.length} mutations:`)
  const missed = chosen.filter((mutation) => !isCaught(mutation))
  console.log(`${chosen.length - missed.length} of ${chosen.length} caught`)
  process.exitCode = missed.length > 0 ? 1 : 0
} finally {
  rmSync(copy, { recursive: true, force: true })
}

function copyTree() {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  for (const file of listed.split('\n').filter((name) => name && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
}

/** The test files that fail; all of them where the run itself does. */
function failingAmong(tests) {
  const report = join(copy, 'mutation-report.json')
  rmSync(report, { force: true })
  spawnSync('node_modules/.bin/vitest', ['run', ...tests, '--reporter=json', `--outputFile=${report}`], {
    cwd: copy,
    stdio: 'ignore',
  })
  if (!existsSync(report)) return tests
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const passed = testResults.filter(({ status }) => status === 'passed').map(({ name }) => relative(copy, name))
  return tests.filter((test) => !passed.includes(test))
}

function isCaught({ name, file, change, caughtBy }) {
  const path = join(copy, file)
  const whole = readFileSync(path, 'utf8')
  const broken = change(whole)
  if (broken === whole) {
    console.log(`OUTDATED  ${name} — ${file} has nothing like it any more: adapt test/faults/mutations/list.mjs`)
    return false
  }
  writeFileSync(path, broken)
  const caught = failingAmong(caughtBy)
  writeFileSync(path, whole)
  console.log(
    caught.length > 0
      ? `caught    ${name} — by ${caught.join(', ')}`
      : `SURVIVED  ${name} — not noticed by ${caughtBy.join(', ')}`,
  )
  return caught.length > 0
}
