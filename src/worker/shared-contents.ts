// Prompts and tool lists travel once: events name them by hash, and their body goes to the control plane with the first step that
// needs it. What is known to be stored is remembered per organisation.
import { createHash } from 'node:crypto'
import type { Uuid } from '../contract/ids.ts'
import { type Json, toJsonText } from '../contract/json.ts'
import type { Effect } from '../contract/workflow.ts'
import { type RecentKeys, recentKeys } from './recent-keys.ts'

const remembered = 10_000

export interface SharedContent {
  hash: string
  body: Json
}

export const sharedContent = (body: Json): SharedContent => ({
  hash: createHash('sha256').update(toJsonText(body)).digest('hex'),
  body,
})

export class SharedContents {
  readonly #stored: RecentKeys = recentKeys(remembered)

  /** The writes for those that may not be stored yet. */
  effects(orgId: Uuid, contents: readonly SharedContent[]): Effect[] {
    return contents
      .filter(({ hash }) => !this.#stored.has(`${orgId} ${hash}`))
      .map(({ hash, body }) => ({ store: 'contents', key: hash, write: { body } }))
  }

  /** To be called when the step that carried them is stored. */
  stored(orgId: Uuid, contents: readonly SharedContent[]): void {
    for (const { hash } of contents) this.#stored.add(`${orgId} ${hash}`)
  }
}
