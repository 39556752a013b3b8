// What was asked for on the command line of `npm run bench`.
import { parseArgs } from 'node:util'

export const workloadNames = [
  ...(['w1', 'w1-500', 'w2', 'w3', 'w4', 'w5', 'w5-spare'] as const),
  ...(['long-session', 'readers', 'fan-out', 'streams', 'queue', 'idle', 'replicas'] as const),
] as const
export type WorkloadName = (typeof workloadNames)[number]

export interface Options {
  /** One short run of each: shows that it works, not how fast it is. */
  quick: boolean
  /** File with the results of an earlier run, to print ratios to. */
  compare?: string
  /** File to write the results to. */
  save?: string
  /** A PostgreSQL to use (as a superuser, on this machine) instead of one of our own. */
  database?: string
  /** How long each run waits at most for other programs to be quiet. */
  patienceMs: number
  /** Every commit waits two milliseconds, as on a cloud disk. */
  slowDisk: boolean
  /** Folder for CPU profiles of server and worker; each workload is run once. */
  profile?: string
  /** Folder with profiles of an earlier run: says where their time went, and nothing is run. */
  budget?: string
  /** Puts the figures into docs/performance.md. */
  writeDocs: boolean
  only: readonly WorkloadName[]
}

export const usage = `npm run bench -- [workload …] [options]

  workloads          ${workloadNames.join(' ')} (all of them unless said; w1 and w5 are two each)
  --quick            one short run of each, within a minute
  --save FILE        keep the results as JSON
  --compare FILE     print ratios to the results in FILE
  --patience SECONDS how long each run waits for a quiet machine (45)
  --write-docs       put the figures into docs/performance.md (not with --quick or --profile)
  --slow-disk        commits that wait 2 ms
  --profile FOLDER   one run of each, with CPU profiles of server and worker
  --budget FOLDER    where the time of the profiles in a folder went, by component; runs nothing
  --database URL     a PostgreSQL to use instead of our own`

/** Throws one sentence at what it does not know. `w1` also means `w1-500`, `w5` also `w5-spare`. */
export function readOptions(argv: string[]): Options {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      'write-docs': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      patience: { type: 'string', default: '45' },
      'slow-disk': { type: 'boolean', default: false },
      compare: { type: 'string' },
      save: { type: 'string' },
      database: { type: 'string' },
      profile: { type: 'string' },
      budget: { type: 'string' },
    },
  })
  if (values['write-docs'] && (values.quick || values.profile)) throw new Error('A short run is no figure: --write-docs alone.')
  const unknown = positionals.find((name) => !workloadNames.some((known) => known === name))
  if (unknown) throw new Error(`There is no workload ${unknown}.\n\n${usage}`)
  const only = workloadNames.filter((name) => positionals.some((given) => name === given || name.startsWith(`${given}-`)))
  return {
    ...values,
    patienceMs: Number(values.patience) * 1_000,
    writeDocs: values['write-docs'],
    slowDisk: values['slow-disk'],
    only: positionals.length > 0 ? only : workloadNames,
  }
}
