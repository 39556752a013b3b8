// Everything there is to know about one session after a run: what the database holds, what really happened outside, what readers saw.
import type pg from 'pg'
import { type LedgerLine, ledgerOf } from '../../support/ledger-tools.ts'
import type { Accepted } from '../harness/api.ts'
import type { House } from '../harness/house.ts'
import type { Reader } from '../harness/reader.ts'
import { uuidOf, type WireEvent, type WireMessage } from '../harness/wire.ts'

export interface TaskFacts {
  key: string
  class: string
  status: string
  attempt: number
}

export interface Evidence {
  accepted: readonly Accepted[]
  status: string
  /** The log by its rows alone. */
  rows: { sequence: number; id: string; type: string }[]
  head: { last_sequence: number; live_turn: string | null }
  workflows: { status: string }[]
  tasks: TaskFacts[]
  files: Map<string, string>
  values: Map<string, string>
  /** The log and the messages as the API shows them. */
  events: WireEvent[]
  messages: WireMessage[]
  ledger: LedgerLine[]
  readers: readonly WireEvent[][]
}

export interface Witnesses {
  house: House
  session: string
  accepted: readonly Accepted[]
  readers: readonly Reader[]
}

export async function readEvidence({ house, session, accepted, readers }: Witnesses): Promise<Evidence> {
  const { db, api, ledger } = house
  const id = uuidOf(session)
  const read = async <Row extends object>(text: string): Promise<Row[]> =>
    // The statement names its columns.
    (await db.query<Row & pg.QueryResultRow>(text, [id])).rows
  const [head] = await read<Evidence['head']>('select last_sequence, live_turn from session_heads where session_id = $1')
  if (!head) throw new Error(`session ${session} has no head`)
  const files = `select path, convert_from(content, 'UTF8') as content from files
    where workspace_id = (select workspace_id from sessions where id = $1) and not is_directory`
  return {
    accepted,
    head,
    status: await api.status(session),
    rows: await read('select sequence, id::text, type from events where session_id = $1 order by sequence'),
    workflows: await read('select status from workflows where session_id = $1'),
    tasks: await read('select key, class, status, attempt from tasks where session_id = $1'),
    files: new Map((await read<{ path: string; content: string }>(files)).map((row) => [row.path, row.content])),
    values: new Map(
      (await read<{ key: string; value: string }>('select key, value from session_values where session_id = $1')).map((row) => [
        row.key,
        row.value,
      ]),
    ),
    events: await api.events(session),
    messages: await api.messages(session),
    ledger: ledgerOf(ledger, id),
    readers: readers.map((reader) => reader.events.map(({ at: _, ...event }) => event)),
  }
}
