// The operations on events.
import { listEvents } from './list.ts'
import { streamSse } from './stream.ts'
import { eventsSummary } from './summary.ts'

export const events = [listEvents, eventsSummary, streamSse]
