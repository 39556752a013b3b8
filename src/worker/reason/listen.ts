// Listens to one model call: shows readers the pieces as they come and keeps what the answer is made from.

import type { ToolCall } from '../../contract/content.ts'
import { draft } from '../../contract/events/index.ts'
import { failpoint } from '../../contract/failpoint.ts'
import type { Json } from '../../contract/json.ts'
import type { ModelEvent, ModelFailure } from '../../contract/model.ts'
import type { Emitter } from '../emitter.ts'

/** Who speaks: wire ids of the turn and of the message that is being made. */
export interface Speaker {
  turnId: string
  messageId: string
  model: string
  iteration: number
}

export interface Heard {
  text: string
  thinking: string
  thinkingSignature?: string
  reasoning: Json[]
  calls: ToolCall[]
  timeToFirstTokenMs?: number
  done?: Extract<ModelEvent, { type: 'done' }>
  failure?: ModelFailure
}

const brokenOff: ModelFailure = { kind: 'invalid_response', message: 'the stream ended without an end' }

/** Resolves when the stream has ended, or at once when the step is stopped. */
export async function listen(
  stream: AsyncIterable<ModelEvent>,
  speaker: Speaker,
  emit: Emitter,
  now: () => number,
): Promise<Heard> {
  const ear = new Ear(speaker, emit, now)
  for await (const event of stream) {
    ear.hear(event)
    void failpoint('reason.mid_stream')
    // While the control plane is away the model waits too.
    await emit.room()
  }
  return ear.end()
}

class Ear {
  readonly #speaker: Speaker
  readonly #emit: Emitter
  readonly #now: () => number
  readonly #startedAt: number
  readonly #heard: Heard = { text: '', thinking: '', reasoning: [], calls: [] }
  #thinkingIs: 'none' | 'open' | 'closed' = 'none'
  #speaks = false

  constructor(speaker: Speaker, emit: Emitter, now: () => number) {
    this.#speaker = speaker
    this.#emit = emit
    this.#now = now
    this.#startedAt = now()
  }

  hear(event: ModelEvent): void {
    const heard = this.#heard
    if (event.type !== 'error') heard.timeToFirstTokenMs ??= Math.round(this.#now() - this.#startedAt)
    if (event.type === 'text') this.#text(event.delta)
    else if (event.type === 'thinking') this.#thinking(event.delta)
    else if (event.type === 'thinking_signature') heard.thinkingSignature = event.signature
    else if (event.type === 'reasoning_item') heard.reasoning.push(event.item)
    else if (event.type === 'tool_calls') heard.calls = event.calls
    else if (event.type === 'done') heard.done = event
    else heard.failure = event.error
  }

  end(): Heard {
    const heard = this.#heard
    if (!heard.done && !heard.failure) heard.failure = brokenOff
    if (heard.done) {
      this.#closeThinking()
      this.#start()
    }
    return heard
  }

  #text(delta: string): void {
    if (delta === '') return
    this.#closeThinking()
    this.#start()
    this.#heard.text += delta
    const { turnId: turn_id, messageId: message_id } = this.#speaker
    this.#emit.piece('answer', delta, (piece, offset) =>
      draft('output.message.delta', { turn_id, message_id, delta: piece, offset }),
    )
  }

  #thinking(delta: string): void {
    const { turnId: turn_id, messageId: message_id, model } = this.#speaker
    if (this.#thinkingIs === 'none') this.#emit.event('reason.thinking.started', { turn_id, model })
    this.#thinkingIs = 'open'
    this.#heard.thinking += delta
    this.#emit.piece('thinking', delta, (piece, offset) =>
      draft('reason.thinking.delta', { turn_id, message_id, delta: piece, offset }),
    )
  }

  /** Said once, with all of it, when the answer begins. */
  #closeThinking(): void {
    if (this.#thinkingIs !== 'open') return
    this.#thinkingIs = 'closed'
    this.#emit.event('reason.thinking.completed', { turn_id: this.#speaker.turnId, thinking: this.#heard.thinking })
  }

  #start(): void {
    if (this.#speaks) return
    this.#speaks = true
    const { turnId: turn_id, messageId: message_id, model, iteration } = this.#speaker
    this.#emit.event('output.message.started', { turn_id, message_id, model, iteration })
  }
}
