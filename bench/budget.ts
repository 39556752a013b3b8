// Where the CPU of a profiled process went, by component: `npm run bench -- --budget FOLDER`, after a run with `--profile FOLDER`.
// Only the main thread is in a profile; compiling and collecting on other threads is not.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Node {
  id: number
  callFrame: { functionName: string; url: string }
  children?: number[]
}

/** A .cpuprofile, as V8 writes it: which node each sample was in, and the microseconds since the sample before. */
interface Profile {
  nodes: Node[]
  samples: number[]
  timeDeltas: number[]
}

/** The first whose pattern fits the innermost frame that has a file of ours or of a package. */
const components: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['events to readers: fill in, frame, write', /dist\/server\/sse|resources\/events\/(?!log)/],
  ['validation', /node_modules\/zod/],
  ['HTTP', /fastify|find-my-way|dist\/server\/|resources\/messages|node:_?http/],
  ['gRPC and protobuf', /grpc|protobuf|gen\/worker|worker-(wire|frames)|node:internal\/http2/],
  ['building of SQL messages', /db\/arrays|durable\/(statements|write|rows)|resources\/(events\/log|effect-store)/],
  ['database driver', /dist\/db\/|node_modules\/(pg|kysely|postgres)/],
  ['plan and fold', /dist\/turn\/|durable\/(view|steps|transact|batch|item|counts)/],
  ['contexts, dispatch, link', /dist\/durable|resources\/turns/],
  ['telemetry', /telemetry|node_modules\/pino/],
  ['the step itself: prompt, model, tools', /dist\/(worker|llm|capabilities)/],
]

function componentOf(node: Node | undefined, parents: ReadonlyMap<number, Node>): string | null {
  if (!node) return null
  const { functionName: name } = node.callFrame
  if (name === '(idle)') return null
  if (name === '(garbage collector)') return 'garbage collection'
  if (name === 'writev' || name === 'writeBuffer' || name === 'writeUtf8String') return 'writes to sockets'
  for (let at: Node | undefined = node; at; at = parents.get(at.id)) {
    const { url } = at.callFrame
    const found = components.find(([, pattern]) => pattern.test(url))
    if (found) return found[0]
  }
  return 'Node.js itself'
}

function sharesOf({ nodes, samples, timeDeltas }: Profile): [component: string, share: number][] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)))
  const spent = new Map<string, number>()
  samples.forEach((id, n) => {
    const component = componentOf(byId.get(id), parents)
    if (component) spent.set(component, (spent.get(component) ?? 0) + (timeDeltas[n] ?? 0))
  })
  const busy = [...spent.values()].reduce((sum, time) => sum + time, 0)
  return [...spent].map(([name, time]) => [name, time / busy] as [string, number]).sort(([, a], [, b]) => b - a)
}

/** One table for each profile in the folder, in percent of the time its main thread was busy. */
export async function printBudgets(folder: string, print: (line: string) => void): Promise<void> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile')).sort()
  if (files.length === 0) throw new Error(`There is no profile in ${folder}.`)
  for (const file of files) {
    print(file)
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as Profile
    for (const [name, share] of sharesOf(profile)) print(`${(100 * share).toFixed(1).padStart(6)} %  ${name}`)
  }
}
