// Runs one call of a vendor library's model and gives its answer as our events: never throws, ends with `done` or `error`, or, after
// an abort, just ends.
import type { LanguageModelV3, LanguageModelV3CallOptions } from '@ai-sdk/provider'
import type { ModelConnection, ModelEvent } from '../../contract/model.ts'
import { modelFetch, type RetryCount } from '../http/model-fetch.ts'
import { cutOff, PartReader } from './events.ts'
import { failureIn } from './failures.ts'

export interface VendorCall {
  /** Driver and model, as reasoning items name them. */
  origin: { provider: string; model: string }
  connection: ModelConnection
  /** Makes the library's model over our fetch. */
  model(fetch: typeof globalThis.fetch): LanguageModelV3
  options(): LanguageModelV3CallOptions
}

export async function* streamVendor(call: VendorCall, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
  if (signal.aborted) return
  // Ended with the generator, also when its reader walks away, so that no request outlives the call.
  const ended = new AbortController()
  const stop = () => ended.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const event of eventsOf(call, ended.signal)) {
      if (signal.aborted) return
      yield event
      if (event.type === 'error') return
    }
  } catch (error) {
    if (!signal.aborted) yield { type: 'error', error: failureIn(error) }
  } finally {
    signal.removeEventListener('abort', stop)
    ended.abort()
  }
}

async function* eventsOf(call: VendorCall, signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined> {
  const retries: RetryCount = { attempts: 0, totalWaitMs: 0 }
  const model = call.model(modelFetch(call.connection, retries))
  const { stream } = await model.doStream({ ...call.options(), abortSignal: signal })
  const reader = new PartReader(call.origin, retries)
  for await (const part of stream) {
    for (const event of reader.read(part)) {
      yield event
      if (event.type === 'done') return
    }
  }
  yield { type: 'error', error: cutOff }
}
