// Pieces of query schemas: everything arrives as text over HTTP and typed from scripts.
import { z } from 'zod'

/** `true`, `"true"`, `"1"` … */
export const flag = z.preprocess((value) => {
  if (value === 'true' || value === '1') return true
  return value === 'false' || value === '0' || value === '' ? false : value
}, z.boolean())
