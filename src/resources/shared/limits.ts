// Sizes at the door. Too much is always answered with the same words, whatever the field (contract/problem.ts: overLimit).
import { z } from 'zod'

interface Refinement {
  addIssue(issue: { code: 'too_big'; origin: string; maximum: number; inclusive: boolean; input: unknown }): void
}

/** Reports a value as too big, which the door answers as `overLimit`. */
export const tooBig = (context: Refinement, origin: 'string' | 'array', maximum: number, input: unknown): void =>
  context.addIssue({ code: 'too_big', origin, maximum, inclusive: true, input })

/** A string of at most so many bytes of UTF-8. */
export const textUpTo = (maxBytes: number) =>
  z.string().superRefine((text, context) => {
    if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) tooBig(context, 'string', maxBytes, text)
  })

export const kib = 1024
export const mib = 1024 * 1024
