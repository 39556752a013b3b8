// What `apply` must know of an agent's file before the server reads it: whether it names an agent that is already there.

const opening = /^---[ \t]*\r?\n/

/** The agent's name, where the file gives one and no id (which already says which agent it is). */
export function nameIn(file: string): string | undefined {
  const fields = file.trimStart().startsWith('{') ? jsonFields(file) : headFields(file)
  return fields.id === undefined ? fields.name : undefined
}

/** The same file for the agent with this id. */
export function withId(file: string, id: string): string {
  const text = file.replace(/^\uFEFF/, '')
  if (text.trimStart().startsWith('{')) return JSON.stringify({ ...JSON.parse(text), id })
  return opening.test(text) ? text.replace(opening, (line) => `${line}id: ${id}\n`) : `id: ${id}\n${text}`
}

interface Fields {
  id?: string
  name?: string
}

function jsonFields(file: string): Fields {
  try {
    const { id, name } = JSON.parse(file)
    return { id, name: typeof name === 'string' ? name : undefined }
  } catch {
    return {} // the server says what is wrong with it
  }
}

/** Front matter, or a file that is YAML throughout; only its outermost keys. */
function headFields(file: string): Fields {
  const text = file.replace(/^\uFEFF/, '').replace(opening, '')
  const head = text.split(/^---[ \t]*$/m)[0] ?? ''
  return { id: field(head, 'id'), name: field(head, 'name') }
}

const field = (head: string, name: string): string | undefined =>
  new RegExp(`^${name}:[ \\t]*["']?([\\w-]+)["']?[ \\t]*(?:#.*)?$`, 'm').exec(head)?.[1]
