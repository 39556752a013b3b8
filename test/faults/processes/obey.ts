// A process of the harness: loads its rooms, then does what its parent says. The pid that is killed is the product's own.
import { armFailpoints } from '../../../src/contract/failpoint.ts'
import type { Release } from './releases.ts'

export interface StartOrder {
  /** The environment the product reads its settings from. */
  env: Record<string, string>
  /** Where the ledger tools write. */
  ledger: string
  /** Which release a worker is of; this one unless said. */
  release?: Release
}

export type Order = { start: StartOrder } | { arm: string }
export type Reply = { loaded: true } | { started: Record<string, string> } | { armed: true } | { failed: string }

/** Answers each order once; `open` starts the product and says where it can be reached. Ends with its parent. */
export function obey(open: (order: StartOrder) => Promise<Record<string, string>>): void {
  const reply = (message: Reply) => void process.send?.(message)
  process.on('disconnect', () => process.exit(0))
  process.on('message', (order: Order) => {
    if ('start' in order) {
      open(order.start).then(
        (started) => reply({ started }),
        (error: unknown) => reply({ failed: error instanceof Error ? error.message : String(error) }),
      )
    } else {
      armFailpoints(order.arm)
      reply({ armed: true })
    }
  })
  reply({ loaded: true })
}
