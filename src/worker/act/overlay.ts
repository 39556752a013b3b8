// The session as one tool call sees it: read through the control plane, written into memory. What was written becomes effects of the
// call's Finish; a call that fails or is lost has written nothing.
import type { FileStore, SessionStore, ValueStore } from '../../contract/capability.ts'
import { draft, type EventDraft } from '../../contract/events/index.ts'
import { shownPath } from '../../contract/paths.ts'
import type { Effect } from '../../contract/workflow.ts'
import { FileOverlay } from './file-overlay.ts'
import type { Ask } from './reads.ts'
import { SessionOverlay } from './session-overlay.ts'
import { secretsPlace, ValueOverlay, valuesPlace } from './value-overlay.ts'

export interface SessionStores {
  files: FileStore
  values: ValueStore
  secrets: ValueStore
  session: SessionStore
}

/** What a call changed: to be applied if what it depends on still holds, and to be told. */
export interface Changes {
  effects: Effect[]
  events: EventDraft[]
}

export interface Overlay {
  stores: SessionStores
  changes(): Promise<Changes>
}

/** `writable` only for transactional tools; a write of any other is the tool's mistake and throws. */
export function sessionOverlay(ask: Ask, writable: boolean, now: () => Date): Overlay {
  const files = new FileOverlay(ask, now)
  const values = new ValueOverlay(ask, valuesPlace, now)
  const secrets = new ValueOverlay(ask, secretsPlace, now)
  const session = new SessionOverlay(ask)
  const stores = { files, values, secrets, session }
  return {
    stores: writable ? stores : readOnly(stores),
    changes: async () => ({
      effects: (await Promise.all([files, values, secrets, session].map((store) => store.effects()))).flat(),
      events: [...(await fileEvents(files)), ...(await session.events())],
    }),
  }
}

const fileEvents = async (files: FileOverlay): Promise<EventDraft[]> =>
  (await files.writtenFiles()).map(({ path, sizeBytes, created }) =>
    draft('file.written', { path: shownPath(path), operation: 'write', size_bytes: sizeBytes, created }),
  )

function readOnly({ files, values, secrets, session }: SessionStores): SessionStores {
  const refused = (): never => {
    throw new Error('only a tool declared transactional may change its session')
  }
  const reading = (store: ValueStore): ValueStore => ({
    get: (key) => store.get(key),
    list: () => store.list(),
    set: async () => refused(),
    delete: async () => refused(),
  })
  return {
    files: {
      stat: (path) => files.stat(path),
      read: (path) => files.read(path),
      list: (path, recursive) => files.list(path, recursive),
      textFiles: (glob) => files.textFiles(glob),
      write: async () => refused(),
      remove: async () => refused(),
    },
    values: reading(values),
    secrets: reading(secrets),
    session: { facts: () => session.facts(), setTitle: async () => refused() },
  }
}
