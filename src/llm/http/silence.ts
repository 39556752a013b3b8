// The body of an answer as a web stream that refuses to fall silent.
import type { Readable } from 'node:stream'
import { ModelCallFailure } from '../failure.ts'

export type Pieces = AsyncIterator<Uint8Array>

/** A body whose first piece has been read already. Ends with a ModelCallFailure when nothing comes for `silenceMs` or the line breaks. */
export function bodyThatSpeaks(
  first: IteratorResult<Uint8Array>,
  pieces: Pieces,
  body: Readable,
  silenceMs: number,
): ReadableStream<Uint8Array> {
  let next: IteratorResult<Uint8Array> | null = first
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece: IteratorResult<Uint8Array> = next ?? (await nextPiece(pieces, body, silenceMs))
      next = null
      if (piece.done) controller.close()
      else controller.enqueue(piece.value)
    },
    cancel: () => void body.destroy(),
  })
}

async function nextPiece(pieces: Pieces, body: Readable, silenceMs: number): Promise<IteratorResult<Uint8Array>> {
  const silent = new ModelCallFailure(
    { kind: 'timeout', message: `The provider sent nothing for ${silenceMs} ms in the middle of its answer.` },
    false,
  )
  const timer = setTimeout(() => body.destroy(silent), silenceMs)
  try {
    return await pieces.next()
  } catch (cause) {
    if (cause instanceof ModelCallFailure) throw cause
    throw new ModelCallFailure(
      { kind: 'unavailable', message: `The connection broke in the middle of the answer: ${messageOf(cause)}` },
      false,
      cause,
    )
  } finally {
    clearTimeout(timer)
  }
}

/** The innermost message of an error, with its code: "connect ECONNREFUSED 127.0.0.1:1". */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? messageOf(error.cause) : error.message
}
