// Tags: short words that callers hang on things to find them again.
import { z } from 'zod'
import { textUpTo, tooBig } from './limits.ts'

const maxTags = 100
const maxTagBytes = 256

export const tags = z.array(textUpTo(maxTagBytes)).superRefine((list, context) => {
  if (list.length > maxTags) tooBig(context, 'array', maxTags, list)
})
