// Circuit breakers: which services outside are not to be called now. What was met is counted in memory, per process; a circuit that
// opens or closes is written to its row, and every process looks at the open rows before it says that a service may be called.
import type pg from 'pg'
import type { Logger } from 'pino'
import type { ServiceReport } from '../../contract/control-plane.ts'
import type { Uuid } from '../../contract/ids.ts'
import { afterCall, type Circuit, type CircuitConfig, closed, usualCircuit } from './circuit.ts'
import { type OpenCircuit, openCircuits, writeClosed, writeOpened } from './store.ts'

export interface BreakersOptions {
  pool: pg.Pool
  log: Logger
  /** Process clock, ms: times of the database are only taken as spans. */
  clock(): number
  random(): number
  config?: CircuitConfig
  /** How old the look at the rows may be; 1 s unless said. */
  freshMs?: number
}

interface Known {
  orgId: Uuid
  key: string
  circuit: Circuit
  /** Of the row that opened it; empty while that is not written. */
  mark: string
  /** It opened or closed here and its row does not say so yet. */
  unwritten: boolean
}

const usualFreshMs = 1_000
/** Whoever waits for a circuit does not come back in the same moment as the others. */
const spread = 0.1

export class Breakers {
  readonly #options: BreakersOptions
  readonly #config: CircuitConfig
  /** Circuits that are open, or closed with failures. */
  readonly #known = new Map<string, Known>()
  #lookedAt = Number.NEGATIVE_INFINITY
  #looking: Promise<void> | null = null

  constructor(options: BreakersOptions) {
    this.#options = options
    this.#config = options.config ?? usualCircuit
  }

  /** Counts what a step met; call it once its result is stored. */
  heard(orgId: Uuid, reports: readonly ServiceReport[]): void {
    for (const { key, ok } of reports) this.#count(orgId, key, ok)
  }

  /** Looks at what other processes and admins decided, unless that was just done. Never rejects: then what is known here counts. */
  async refresh(): Promise<void> {
    const { clock, freshMs = usualFreshMs } = this.#options
    if (clock() - this.#lookedAt >= freshMs) await this.#look()
  }

  /** Milliseconds until the service may be called again, a little spread; null when it may be called now. */
  waitMs(orgId: Uuid, key: string): number | null {
    const circuit = this.#known.get(idOf(orgId, key))?.circuit
    if (circuit?.state !== 'open') return null
    const left = circuit.until - this.#options.clock()
    return left > 0 ? Math.ceil(left * (1 + spread * this.#options.random())) : null
  }

  #count(orgId: Uuid, key: string, ok: boolean): void {
    const id = idOf(orgId, key)
    const known = this.#known.get(id)
    const before = known?.circuit ?? closed
    const circuit = afterCall(before, ok, this.#options.clock(), this.#config)
    if (circuit === before) return
    const turned = circuit.state !== before.state || (circuit.state === 'open' && !ok)
    const unwritten = turned || known?.unwritten === true
    if (circuit === closed && !unwritten) this.#known.delete(id)
    else this.#known.set(id, { orgId, key, circuit, mark: known?.mark ?? '', unwritten })
    if (!turned) return
    this.#options.log.warn({ circuit: key, state: circuit.state }, 'a circuit has changed its state')
    void this.#look()
  }

  /** Writes, then reads. One at a time, so that no read is older than a write that came before it. */
  #look(): Promise<void> {
    this.#looking ??= this.#exchange()
      .catch((error) => this.#options.log.warn({ err: error }, 'circuits could not be looked at'))
      .finally(() => {
        this.#looking = null
      })
    return this.#looking
  }

  async #exchange(): Promise<void> {
    const { pool, clock } = this.#options
    do {
      this.#lookedAt = clock()
      for (const known of this.#unwritten()) await this.#write(known)
      this.#take(await openCircuits(pool))
    } while (this.#unwritten().length > 0)
  }

  #unwritten(): Known[] {
    return [...this.#known.values()].filter(({ unwritten }) => unwritten)
  }

  async #write(known: Known): Promise<void> {
    const { pool } = this.#options
    const { orgId, key, circuit, mark } = known
    const { failures, resetMs } = this.#config
    const row = circuit.state === 'open' ? await writeOpened(pool, { orgId, key, failures, resetMs }) : undefined
    if (circuit.state === 'closed' && mark) await writeClosed(pool, { orgId, key, mark })
    const id = idOf(orgId, key)
    // It may have turned again meanwhile: then the next look writes that.
    if (this.#known.get(id) !== known) return
    if (circuit.state === 'closed') this.#known.delete(id)
    else this.#known.set(id, { ...known, mark: row?.mark ?? '', unwritten: false })
  }

  #take(rows: readonly OpenCircuit[]): void {
    const open = new Map(rows.map((row) => [idOf(row.orgId, row.key), row]))
    for (const [id, known] of this.#known) {
      // An open circuit without a row was closed elsewhere.
      if (!known.unwritten && known.circuit.state === 'open' && !open.has(id)) this.#known.delete(id)
    }
    for (const [id, { orgId, key, mark, leftMs }] of open) {
      const known = this.#known.get(id)
      if (known?.unwritten || known?.mark === mark) continue
      const circuit: Circuit = { state: 'open', until: this.#options.clock() + leftMs, successes: 0 }
      this.#known.set(id, { orgId, key, circuit, mark, unwritten: false })
    }
  }
}

const idOf = (orgId: Uuid, key: string): string => `${orgId} ${key}`
