// What a new session finds in its files: the mounts of its capabilities and, over them, the initial files of all layers.
import { newId } from '../../contract/ids.ts'
import { mountsOf, type RuntimeAgent } from '../../turn/runtime-agent.ts'
import type { Ctx } from '../context.ts'
import { checkedBytes } from '../files/content.ts'
import { ancestorsOf, checkedEntryPath } from '../files/path.ts'
import { insertEntries, type NewEntry, type Tree } from '../files/store.ts'
import { makeParents, notADirectory } from '../files/tree.ts'

interface StartFile {
  path: string
  content: string
  encoding?: 'text' | 'base64'
  isReadonly: boolean
}

/** In a workspace that other sessions use too, what is there already stays. Problem conflict where a file is in a directory's way. */
export async function writeStartFiles(ctx: Ctx, tree: Tree, agent: RuntimeAgent): Promise<void> {
  const mounts = mountsOf(agent).map(({ readonly, ...mount }): StartFile => ({ ...mount, isReadonly: readonly }))
  const initial = agent.initialFiles.map(({ is_readonly, ...file }): StartFile => ({ ...file, isReadonly: is_readonly ?? false }))
  const entries = new Map([...mounts, ...initial].map((file) => [file.path, newEntry(file)]))
  const inTheWay = [...entries.keys()].flatMap(ancestorsOf).find((path) => entries.has(path))
  if (inTheWay) throw notADirectory(inTheWay)
  await makeParents(ctx, tree, [...entries.keys()])
  await insertEntries(ctx.tx, tree, [...entries.values()])
}

const newEntry = ({ path, content, encoding = 'text', isReadonly }: StartFile): NewEntry => ({
  id: newId(),
  path: checkedEntryPath(path),
  isDirectory: false,
  isReadonly,
  encoding,
  content: checkedBytes(content, encoding),
})
