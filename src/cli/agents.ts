// `agents …`: see, make, replace from a file, archive.
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { nameIn, withId } from './agent-file.ts'
import type { Api } from './api.ts'
import type { Commands, Run } from './commands.ts'
import { modelId } from './names.ts'
import { columns, excerpt, fields } from './show.ts'
import { Refusal } from './terminal.ts'
import { agent, listOf } from './wire.ts'

const pathOf = (idOrName: string): string => `/agents/${encodeURIComponent(idOrName)}`

interface Page {
  limit: string
  search?: string
}
interface NewAgent {
  prompt: string
  displayName?: string
  description?: string
  model?: string
  capability?: string[]
}

const fileKinds = 'Markdown with front matter (name, capabilities, …) and the prompt below, YAML or JSON'

export function addAgents({ declare, act }: Commands): void {
  const agents = declare('agents', 'Agents: a prompt, a model and capabilities under a name.')
  act<Page>(agents.command('list').description('The agents.'), list)
    .option('--limit <n>', 'how many', '20')
    .option('--search <words>', 'only those with these words in name or description')
  act<object>(agents.command('get <agent>').description('One agent, by id or name.'), get)
  act<NewAgent>(agents.command('create <name>').description('Make an agent.'), create)
    .requiredOption('--prompt <text>', 'its system prompt')
    .option('--display-name <text>', 'how people read its name')
    .option('--description <text>', 'what it is for')
    .option('--model <model>', 'id or name')
    .option('--capability <ref...>', 'ids of capabilities')
  act<object>(agents.command('apply <file>').description(`Make or replace an agent from a file: ${fileKinds}.`), apply)
  act<object>(agents.command('delete <agent>').description('Archive an agent; its sessions stay.'), archive)
}

async function list({ api, answer }: Run, { limit, search }: Page): Promise<void> {
  const found = await api.ask(listOf(agent), { path: '/agents', query: { limit, search } })
  const rows = found.data.map(({ id, name, display_name, description }) => [
    id,
    name,
    excerpt(display_name ?? description ?? '', 60),
  ])
  answer(found, columns([['ID', 'NAME', 'ABOUT'], ...rows]))
}

async function get({ api, answer }: Run, _: object, idOrName: string): Promise<void> {
  const found = await api.ask(agent, { path: pathOf(idOrName) })
  answer(found, fields(found))
}

async function create({ api, answer }: Run, given: NewAgent, name: string): Promise<void> {
  const json = {
    name,
    system_prompt: given.prompt,
    display_name: given.displayName,
    description: given.description,
    default_model_id: given.model && (await modelId(api, given.model)),
    capabilities: given.capability,
    on_conflict: 'error',
  }
  const made = await api.ask(agent, { method: 'POST', path: '/agents', json })
  answer(made, made.id)
}

async function apply({ api, answer }: Run, _: object, path: string): Promise<void> {
  const file = await readFile(path, 'utf8').catch((cause) => {
    throw new Refusal(`${path} cannot be read (${cause.code ?? cause.message}).`, { cause })
  })
  const name = nameIn(file)
  const existing = name ? await idOfName(api, name) : undefined
  const text = existing ? withId(file, existing) : file
  const applied = await api.ask(agent, { method: 'POST', path: '/agents/import', text })
  answer(applied, `${applied.name}  ${applied.id}`)
}

const idOfName = (api: Api, name: string): Promise<string | undefined> =>
  api.ask(agent, { path: pathOf(name) }).then(
    ({ id }) => id,
    (error) => {
      if (error instanceof Refusal && error.status === 404) return undefined
      throw error
    },
  )

async function archive({ api, answer }: Run, _: object, idOrName: string): Promise<void> {
  await api.ask(z.null(), { method: 'DELETE', path: pathOf(idOrName) })
  answer({ agent: idOrName, archived: true }, `Archived ${idOrName}.`)
}
