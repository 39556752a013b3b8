// An agent out of a file: Markdown with front matter, JSON, YAML, or nothing but the prompt.
import { z } from 'zod'
import { type Json, type JsonObject, toJsonText } from '../../../contract/json.ts'
import { overLimit, Problem } from '../../../contract/problem.ts'
import { slugOf } from '../../shared/slug.ts'
import { wholeAgent } from '../input.ts'
import type { WholeAgent } from '../write.ts'
import { parseYaml, YamlError } from './yaml.ts'

const frontMatter = /^---[ \t]*\r?\n([\s\S]*?)\r?\n?^---[ \t]*(?:\r?\n|$)([\s\S]*)$/m

const fileAgent = z.object({
  ...wholeAgent,
  // Files of other products list patterns here; only whole files can be taken over.
  initial_files: z.preprocess(withoutTexts, wholeAgent.initial_files),
})

/** `now` names an agent whose file does not. Problem `bad_request`, with the field or line that is wrong. */
export function readAgentFile(text: string, now: Date): WholeAgent {
  const checked = fileAgent.safeParse(storable(named(fieldsOf(text.replace(/^\uFEFF/, '')), now)))
  if (checked.success) return checked.data
  if (checked.error.issues.some(({ code }) => code === 'too_big')) throw overLimit()
  const [issue] = checked.error.issues
  throw new Problem('bad_request', `The file does not describe an agent: ${issue?.path.join('.')} ${issue?.message}`, {
    code: 'validation_failed',
  })
}

type Fields = JsonObject

/** Escapes can say what no text at the door can: NUL and halves of characters. */
const storable = (fields: Fields): unknown => JSON.parse(toJsonText(fields))

function fieldsOf(text: string): Fields {
  if (/^---\s/.test(text)) return fromFrontMatter(text)
  if (text.trimStart().startsWith('{')) return asFields(parsed(text)) ?? {}
  return fromYaml(text) ?? { system_prompt: text.trim() }
}

function fromFrontMatter(text: string): Fields {
  const [, head, body] = frontMatter.exec(text) ?? []
  if (head === undefined || body === undefined) throw new Problem('bad_request', 'The front matter has no closing ---')
  const fields = asFields(parsed(head)) ?? {}
  return body.trim() === '' ? fields : { ...fields, system_prompt: body.trim() }
}

/** Null for a text that only looks like YAML, as most prose does. */
function fromYaml(text: string): Fields | null {
  try {
    const fields = asFields(parseYaml(text))
    return fields && ('name' in fields || 'system_prompt' in fields) ? fields : null
  } catch (error) {
    if (error instanceof YamlError) return null
    throw error
  }
}

/** YAML, and so JSON. */
function parsed(text: string): Json {
  try {
    return parseYaml(text)
  } catch (cause) {
    if (cause instanceof YamlError) throw new Problem('bad_request', `The file cannot be read: ${cause.message}`, { cause })
    throw cause
  }
}

const asFields = (value: Json): Fields | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null

function named(fields: Fields, now: Date): Fields {
  if (typeof fields.name === 'string') return fields
  const digits = now.toISOString().replace(/\D/g, '')
  const made = `agent-${digits.slice(0, 8)}-${digits.slice(8, 14)}`
  return { ...fields, name: typeof fields.display_name === 'string' ? slugOf(fields.display_name, made) : made }
}

function withoutTexts(files: unknown): unknown {
  return Array.isArray(files) ? files.filter((file) => typeof file !== 'string') : files
}
