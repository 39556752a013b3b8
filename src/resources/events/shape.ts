// Events as readers see them: the envelope, and each type's data with its cumulative fields filled in.
import { z } from 'zod'
import { type EventType, eventTypes, isEventType } from '../../contract/events/index.ts'
import { modelOutput } from '../../contract/events/reason.ts'
import { message } from '../../contract/message.ts'

const shownPiece = eventTypes['output.message.delta'].omit({ offset: true }).extend({ accumulated: z.string() })

/** Where the wire shows more than the log stores. */
const shown: Partial<Record<EventType, z.ZodType>> = {
  'output.message.delta': shownPiece,
  'reason.thinking.delta': shownPiece.omit({ phase: true }),
  'llm.generation': eventTypes['llm.generation']
    .omit({ through: true, prompt_hash: true, tools_hash: true })
    .extend({ messages: z.array(message), output: modelOutput }),
}

/** Types of one family that share one shape, by the component that documents it. */
const families: [prefix: string, name: string][] = [
  ['budget.', 'BudgetEventData'],
  ['task.message.', 'TaskMessageEventData'],
  ['task.', 'SessionTaskEventData'],
]

/** `tool.call_requested` → `ToolCallRequestedData`. */
const componentOf = (type: string): string =>
  families.find(([prefix]) => type.startsWith(prefix))?.[1] ??
  `${type.replace(/(?:^|[._])([a-z])/g, (_, letter: string) => letter.toUpperCase())}Data`

function dataShapes(): z.ZodType[] {
  const byName = new Map<string, z.ZodType>()
  for (const [type, schema] of Object.entries(eventTypes)) {
    const name = componentOf(type)
    // Keys of the registry are event types; Object.entries forgets it.
    if (!byName.has(name)) byName.set(name, (shown[type as EventType] ?? schema).meta({ id: name }))
  }
  return [...byName.values()]
}

const eventContext = z
  .object({
    turn_id: z.string().optional(),
    input_message_id: z.string().optional(),
    exec_id: z.string().optional(),
    trace_id: z.string().optional(),
    span_id: z.string().optional(),
    parent_span_id: z.string().optional(),
  })
  .meta({ id: 'EventContext' })

/** `type` says which of the shapes `data` has; `sequence` counts from 1 in its session. */
export const event = z
  .object({
    id: z.string(),
    type: z.string(),
    ts: z.iso.datetime(),
    session_id: z.string(),
    sequence: z.number().int().optional(),
    context: eventContext,
    data: z.union(dataShapes()).meta({ id: 'EventData' }),
    tags: z.array(z.string()).optional(),
    metadata: z.any().optional(),
  })
  .meta({ id: 'Event' })

const maxFilterValues = 64

const repeated = <T extends z.ZodType>(item: T, max = maxFilterValues) =>
  z.preprocess((value) => (value === undefined || value === null ? [] : [value].flat()), z.array(item).max(max))

const knownType = z.string().refine(isEventType, { error: 'is not an event type' })

/** Query keys that narrow by type: `types` first, then `exclude` takes away. Repeated keys, at most 64 values each. */
export const typeFilter = { types: repeated(knownType).optional(), exclude: repeated(knownType).optional() }

/** Tags that must all be there; at most 20. */
export const tagFilter = repeated(z.string(), 20).optional()

/** Whether the filter lets a type through. */
export function wantsOf(types: readonly string[] = [], exclude: readonly string[] = []): (type: string) => boolean {
  if (types.length === 0 && exclude.length === 0) return () => true
  const wanted = new Set((types.length > 0 ? types : Object.keys(eventTypes)).filter((type) => !exclude.includes(type)))
  return (type) => wanted.has(type)
}
