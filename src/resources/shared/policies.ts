// What the caller may do with a kind of resource (`GET /<resource>/config`).
import { z } from 'zod'
import type { Caller } from '../context.ts'

export const resourceConfig = z.object({ policies: z.record(z.string(), z.boolean()) }).meta({ id: 'ResourceConfigResponse' })

/** `{ "agents.view": true, … }` */
export const policiesOf = (caller: Caller, resource: string): Record<string, boolean> =>
  Object.fromEntries(['view', 'manage', 'dangerous'].map((right) => [`${resource}.${right}`, caller.may(`${resource}.${right}`)]))
