// What a person types for an agent, a harness or a model: its id or its name.
import { idPattern } from '../contract/ids.ts'
import type { Api } from './api.ts'
import { Refusal } from './terminal.ts'
import { listOf, model } from './wire.ts'

/** `{agent_id}` or `{agent_name}`; nothing when nothing was typed. */
export function naming(kind: 'agent' | 'harness', text: string | undefined): Record<string, string> {
  if (!text) return {}
  return { [`${kind}_${idPattern(kind).test(text) ? 'id' : 'name'}`]: text }
}

/** A model's id by itself, by the provider's name for it or by its display name. */
export async function modelId(api: Api, text: string): Promise<string> {
  if (idPattern('model').test(text)) return text
  const { data } = await api.ask(listOf(model), { path: '/models' })
  const found = data.find(({ model_id, display_name }) => model_id === text || display_name === text)
  if (found) return found.id
  const known = data.map(({ model_id }) => model_id).join(', ')
  throw new Refusal(`There is no model ${text}. ${known ? `There are: ${known}.` : 'There are none yet.'}`)
}
