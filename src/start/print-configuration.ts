// docs/configuration.md, printed from the table of settings.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ignoredNames, type Setting, settingGroups } from './setting-names.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')

const defaultOf = ({ default: value }: Setting<unknown, string | null>): string => (value ? `\`${value}\`` : '–')

const row = ([name, setting]: [string, Setting<unknown, string | null>]): string => {
  const former = setting.formerly ? ` Older names: ${setting.formerly.map((old) => `\`${old}\``).join(', ')}.` : ''
  return `| \`${name}\` | ${defaultOf(setting)} | ${cell(setting.says)}${former} | ${cell(setting.kind.allowed)} |`
}

/** The whole document. */
export function configurationDocument(): string {
  const groups = Object.entries(settingGroups).flatMap(([title, group]) => [
    `## ${title}`,
    '',
    '| name | default | what it does | allowed |',
    '|---|---|---|---|',
    ...Object.entries<Setting<unknown, string | null>>(group).map(row),
    '',
  ])
  return [
    '# Configuration',
    '',
    'Printed from `src/start/setting-names.ts` by `npm run docs:configuration`; edit there.',
    '',
    'Everything is set in the environment, and nothing must be. A value that cannot be used stops the start with one sentence.',
    'A name beginning with `DURABLE_`, `SSE_` or `EVERRUNS_` that is not listed here is taken for a slip of the pen and refused.',
    '',
    ...groups,
    '## Accepted without effect',
    '',
    `These mean nothing in this design and are answered with a warning: ${ignoredNames.map((name) => `\`${name}\``).join(', ')}.`,
    '',
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('../../docs/configuration.md', import.meta.url), configurationDocument())
