// An event with the moment it happened on this process's clock: how long ago that was is only known when it is sent.
import type { EventDraft } from '../contract/events/index.ts'

export interface StampedEvent {
  draft: EventDraft
  /** Milliseconds of the worker's own clock. */
  at: number
  bytes: number
}

export const stamped = (draft: EventDraft, at: number): StampedEvent => ({ draft, at, bytes: draft.data.length + 64 })

/** Ready to send at `now`; sent again later, the age grows. */
export const aged = (events: StampedEvent[], now: number): EventDraft[] =>
  events.map(({ draft, at }) => {
    const agoMs = Math.round(now - at)
    return agoMs > 0 ? { agoMs, ...draft } : draft
  })

export const bytesOf = (events: StampedEvent[]): number => events.reduce((sum, event) => sum + event.bytes, 0)

/** Characters of the answer in these events: what readers drop should the attempt be made again. */
export const answerChars = (events: StampedEvent[]): number =>
  events.reduce((sum, { draft }) => sum + (draft.type === 'output.message.delta' ? deltaLength(draft) : 0), 0)

const deltaLength = ({ data }: EventDraft): number => String(JSON.parse(data).delta ?? '').length
