// `sessions …`: see, open, cancel, delete; and what was said in one.
import { z } from 'zod'
import type { Api } from './api.ts'
import type { Commands, Run } from './commands.ts'
import { modelId, naming } from './names.ts'
import { columns, excerpt, fields } from './show.ts'
import { listOf, message, session, textOf } from './wire.ts'

const cancelAnswer = z.looseObject({ status: z.string(), message: z.string() })

export const sessionPath = (id: string): string => `/sessions/${encodeURIComponent(id)}`

interface Page {
  limit: string
  search?: string
}
/** Each by id or name; a title is free text. */
export interface NewSession {
  agent?: string
  harness?: string
  model?: string
  title?: string
}

export function addSessions({ declare, act }: Commands): void {
  const sessions = declare('sessions', 'Sessions: conversations, each with its own files and history.')
  act<Page>(sessions.command('list').description('The newest sessions.'), list)
    .option('--limit <n>', 'how many', '20')
    .option('--search <words>', 'only those with these words in the title')
  act<object>(sessions.command('get <session>').description('One session.'), get)
  act<NewSession>(sessions.command('create').description('Open a session.'), create)
    .option('--agent <agent>', 'id or name')
    .option('--harness <harness>', 'id or name')
    .option('--model <model>', 'id or name')
    .option('--title <title>', 'what it is about')
  act<object>(sessions.command('cancel <session>').description('Cancel its turn.'), cancel)
  act<object>(sessions.command('delete <session>').description('Delete it with its events and files, for good.'), remove)
  act<object>(sessions.command('messages <session>').description('What was said, oldest first.'), messages)
}

export async function openSession(api: Api, { agent, harness, model, title }: NewSession): Promise<z.infer<typeof session>> {
  const model_id = model && (await modelId(api, model))
  const json = { ...naming('agent', agent), ...naming('harness', harness), model_id, title }
  return api.ask(session, { method: 'POST', path: '/sessions', json })
}

/** Its status is `no_op` where no turn runs. */
export const cancelTurn = (api: Api, id: string): Promise<z.infer<typeof cancelAnswer>> =>
  api.ask(cancelAnswer, { method: 'POST', path: `${sessionPath(id)}/cancel` })

async function list({ api, answer }: Run, { limit, search }: Page): Promise<void> {
  const found = await api.ask(listOf(session), { path: '/sessions', query: { limit, search } })
  const rows = found.data.map(({ id, status, title, preview }) => [id, status, excerpt(title ?? preview ?? '', 60)])
  answer(found, columns([['ID', 'STATUS', 'TITLE'], ...rows]))
}

async function get({ api, answer }: Run, _: object, id: string): Promise<void> {
  const found = await api.ask(session, { path: sessionPath(id) })
  answer(found, fields(found))
}

async function create({ api, answer }: Run, given: NewSession): Promise<void> {
  const made = await openSession(api, given)
  answer(made, made.id)
}

async function cancel({ api, answer }: Run, _: object, id: string): Promise<void> {
  const said = await cancelTurn(api, id)
  answer(said, said.message)
}

async function remove({ api, answer }: Run, _: object, id: string): Promise<void> {
  await api.ask(z.null(), { method: 'DELETE', path: sessionPath(id) })
  answer({ id, deleted: true }, `Deleted ${id}.`)
}

async function messages({ api, answer }: Run, _: object, id: string): Promise<void> {
  const found = await api.ask(listOf(message), { path: `${sessionPath(id)}/messages` })
  answer(found, found.data.map(said).join('\n'))
}

function said({ role, content }: z.infer<typeof message>): string {
  const parts = content.flatMap(({ type, name, error }) => {
    if (type === 'tool_call') return [`[calls ${name}]`]
    return type === 'text' ? [] : [error ? `[${type}: ${error}]` : `[${type}]`]
  })
  return `${role}: ${[textOf(content), ...parts].filter(Boolean).join(' ')}`
}
