// Where a resource lives and what may be done with it now (hypermedia of the contract).
import { z } from 'zod'
import type { Ctx } from '../context.ts'

export const allowedAction = z
  .object({
    rel: z.string(),
    href: z.string().optional(),
    method: z.string().optional(),
    operation_id: z.string().optional(),
    hint: z.string().optional(),
    schema_ref: z.string().optional(),
  })
  .meta({ id: 'AllowedAction' })
export type AllowedAction = z.infer<typeof allowedAction>

/** Spread into a resource's schema; the result is the contract's `WithUrls_…`. */
export const links = {
  self_url: z.string(),
  view_url: z.string(),
  ui_link: z.string(),
  allowed_actions: z.array(allowedAction).optional(),
}

/** An action before its address is absolute: `path` begins after `/v1/`. */
export interface Action {
  rel: string
  method: string
  path: string
  operation: string
  hint?: string
}

/** `self` begins after `/v1/`, `view` after the UI's base; both without a leading slash. No `actions`: none are shown. */
export function linksTo(urls: Ctx['urls'], self: string, view: string, actions?: readonly Action[]) {
  const view_url = `${urls.ui}/${view}`
  return {
    self_url: `${urls.api}/v1/${self}`,
    view_url,
    ui_link: view_url,
    ...(actions ? { allowed_actions: actions.map((action) => absolute(urls, action)) } : {}),
  }
}

const absolute = (urls: Ctx['urls'], { rel, method, path, operation, hint }: Action): AllowedAction => ({
  rel,
  href: `${urls.api}/v1/${path}`,
  method,
  operation_id: operation,
  ...(hint ? { hint } : {}),
})
