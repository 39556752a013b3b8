// What readers saw, held against the log: every event once and in order, and the same conversation when it is folded.
import { textOf, type WireEvent } from '../harness/wire.ts'
import type { Evidence } from './evidence.ts'
import { answersIn, ofType } from './log.ts'

/** The API's list is the table, and each reader's transcript is the list. */
export function transcripts({ rows, events, readers }: Evidence): string[] {
  const inTable = rows.map(({ sequence, type }) => `${sequence} ${type}`)
  const listed = events.map(({ sequence, type }) => `${sequence} ${type}`)
  const problems = difference('the list of events', listed, inTable)
  const texts = events.map((event) => JSON.stringify(event))
  return [
    ...problems,
    ...readers.flatMap((seen, n) =>
      difference(
        `reader ${n + 1}`,
        seen.map((event) => JSON.stringify(event)),
        texts,
      ),
    ),
  ]
}

function difference(who: string, seen: readonly string[], expected: readonly string[]): string[] {
  const at = expected.findIndex((text, n) => seen[n] !== text)
  if (at === -1 && seen.length === expected.length) return []
  const where = at === -1 ? expected.length : at
  const differs = [...(seen[where] ?? '')].findIndex((letter, n) => letter !== expected[where]?.[n])
  const short = (text: string | undefined) => (text ?? 'nothing').slice(Math.max(0, differs - 60), differs + 100)
  return [
    `${who} has ${seen.length} of ${expected.length} and differs at ${where + 1}: ${short(seen[where])} instead of ${short(expected[where])}`,
  ]
}

/** A reader that drops what `reason.recovered` names has, for every answer, the pieces of exactly one attempt. */
export function folded({ readers, messages }: Evidence): string[] {
  const said = new Map(messages.filter(({ role }) => role === 'agent').map((message) => [message.id, textOf(message)]))
  return readers.flatMap((events, n) => {
    const pieces = piecesOf(events)
    const completed = answersIn(events).map(({ message }) => message)
    return [
      ...completed
        .filter(({ id }) => pieces.has(id))
        .flatMap((message) =>
          pieces.get(message.id) === textOf(message) ? [] : [`reader ${n + 1} folded ${message.id} to other text`],
        ),
      ...completed.flatMap((message) =>
        said.get(message.id) === textOf(message) ? [] : [`${message.id} is not what is listed`],
      ),
      ...(completed.length === said.size ? [] : [`reader ${n + 1} saw ${completed.length} answers of ${said.size}`]),
    ]
  })
}

/** Text by message, without the pieces of attempts that were given up. */
function piecesOf(events: readonly WireEvent[]): Map<string, string> {
  const dropped = ofType(events, 'reason.recovered').map(({ data }) => data)
  const isDropped = ({ context, sequence }: WireEvent): boolean =>
    dropped.some(
      ({ exec_id, first_sequence = 0, last_sequence = 0 }) =>
        exec_id === context.exec_id && sequence >= first_sequence && sequence <= last_sequence,
    )
  const texts = new Map<string, string>()
  for (const event of ofType(events, 'output.message.delta')) {
    const { message_id: id = '', delta = '' } = event.data
    if (!isDropped(event)) texts.set(id, (texts.get(id) ?? '') + delta)
  }
  return texts
}
