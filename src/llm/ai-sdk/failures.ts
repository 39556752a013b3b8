// Whatever the vendor libraries throw or stream as an error → a failure of ours.
import { AISDKError, APICallError } from '@ai-sdk/provider'
import type { ModelFailure } from '../../contract/model.ts'
import { failureOf, ModelCallFailure, vendorErrorOf } from '../failure.ts'

/** Libraries wrap errors a few levels deep. */
const maxDepth = 8

/** Our own failure inside it if there is one, then the vendor's words, then what kind of accident it was. */
export function failureIn(error: unknown): ModelFailure {
  const own = ownFailure(error)
  if (own) return own
  if (APICallError.isInstance(error)) {
    const said = vendorErrorOf(error.data, error.statusCode === 200 ? undefined : error.statusCode)
    if (said) return failureOf(said)
  }
  if (AISDKError.isInstance(error))
    return { kind: 'invalid_response', message: `The provider's answer could not be read: ${error.message.slice(0, 500)}` }
  if (error instanceof Error) return { kind: 'other', message: error.message.slice(0, 500) }
  const said = vendorErrorOf(error)
  return said ? failureOf(said) : { kind: 'invalid_response', message: 'The provider reported an error without words.' }
}

function ownFailure(error: unknown): ModelFailure | null {
  let current = error
  for (let depth = 0; depth < maxDepth && current instanceof Error; depth += 1) {
    if (current instanceof ModelCallFailure) return current.failure
    current = current.cause
  }
  return null
}
