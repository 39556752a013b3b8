// What tools answered, in a sentence.
import type { ToolOutcome } from './transcript.ts'

const maxCharacters = 600

/** One sentence for each result, in order. */
export const tellOutcomes = (outcomes: readonly ToolOutcome[]): string => outcomes.map(tell).join('\n')

function tell({ name, text, failed }: ToolOutcome): string {
  if (failed) return `${name} failed: ${shortened(text)}`
  const value = parsed(text)
  if (!isRecord(value)) return `${name} answered: ${shortened(text)}`
  return timeSentence(value) ?? sumSentence(value) ?? `${name} answered: ${shortened(fields(value))}`
}

function timeSentence({ datetime, timezone }: Record<string, unknown>): string | null {
  return typeof datetime === 'string' ? `It is ${datetime}${typeof timezone === 'string' ? ` (${timezone})` : ''}.` : null
}

const signs: Record<string, string> = { add: '+', subtract: '−', multiply: '×', divide: '÷' }

function sumSentence({ operation, a, b, result }: Record<string, unknown>): string | null {
  const sign = typeof operation === 'string' ? signs[operation] : undefined
  return sign && typeof result === 'number' ? `${a} ${sign} ${b} = ${result}` : null
}

const fields = (value: Record<string, unknown>): string =>
  Object.entries(value)
    .map(([key, field]) => `${key.replaceAll('_', ' ')}: ${typeof field === 'string' ? field : JSON.stringify(field)}`)
    .join(', ')

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The cut may fall into a surrogate pair. */
const shortened = (text: string): string =>
  text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters).toWellFormed()} …`
