// What models were given, kept per session while it is being read: each message once, as JSON text.
import type { Kysely } from 'kysely'
import { isOfTranscript, type StoredEvent } from '../../contract/events/index.ts'
import type { Uuid } from '../../contract/ids.ts'
import type { Database } from '../../db/schema.ts'
import { messagesOf } from '../../turn/transcript.ts'
import { ByteLru } from './byte-lru.ts'
import { transcriptBetween } from './store.ts'

interface Transcript {
  /** Every message of an event up to this sequence is in `messages`. */
  through: number
  messages: { sequence: number; text: string }[]
  bytes: number
}

const maxBytes = 64 * 1024 * 1024
/** What an entry costs besides its texts. */
const entryBytes = 200

export class Transcripts {
  private readonly bySession = new ByteLru<Transcript>(maxBytes)

  /** Takes an event that goes by, if it continues what is known; so a turn that is watched is not read again. */
  observe(event: StoredEvent): void {
    const known = this.bySession.get(event.sessionId) ?? (event.sequence === 1 ? empty() : undefined)
    if (known && known.through === event.sequence - 1) this.add(event.sessionId, known, [event], event.sequence)
  }

  /** JSON texts of the messages up to a sequence, oldest first. */
  async upTo(db: Kysely<Database>, orgId: Uuid, session: Uuid, through: number): Promise<string[]> {
    const { messages } = await this.known(db, orgId, session, through)
    return messages.flatMap((message) => (message.sequence <= through ? [message.text] : []))
  }

  /** JSON text of the message that the event at a sequence brought. */
  async at(db: Kysely<Database>, orgId: Uuid, session: Uuid, sequence: number): Promise<string | undefined> {
    const { messages } = await this.known(db, orgId, session, sequence)
    return messages.findLast((message) => message.sequence === sequence)?.text
  }

  /** At least up to a sequence; reads only what was not seen yet. */
  private async known(db: Kysely<Database>, orgId: Uuid, session: Uuid, through: number): Promise<Transcript> {
    const known = this.bySession.get(session) ?? empty()
    if (known.through >= through) return known
    const events = await transcriptBetween(db, orgId, session, known.through, through)
    // While we read, events that went by may have been added: only what is still new counts.
    const unseen = events.filter((event) => event.sequence > known.through)
    this.add(session, known, unseen, Math.max(known.through, through))
    return known
  }

  private add(session: Uuid, known: Transcript, events: readonly StoredEvent[], through: number): void {
    const messages = messagesOf(events.filter((event) => isOfTranscript(event.type)))
    for (const { sequence, message } of messages) {
      const text = JSON.stringify(message)
      known.messages.push({ sequence, text })
      known.bytes += text.length + entryBytes
    }
    known.through = through
    this.bySession.set(session, known, known.bytes)
  }
}

const empty = (): Transcript => ({ through: 0, messages: [], bytes: entryBytes })
