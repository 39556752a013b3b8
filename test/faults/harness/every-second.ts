// A schedule that is due every second, whose tasks nobody takes: only when it fires matters.
import type { World } from './world.ts'

/** The duty looks this often at most late; what comes later than it was held up. */
const lateMs = 3_000

export interface EverySecond {
  /** Pauses it and looks at what it did: every second once, none left out, none early. */
  end(): Promise<{ violations: string[]; slots: number }>
}

export async function beginEverySecond(world: World): Promise<EverySecond> {
  const target = { type: 'activity', name: 'nobody_does_this', input: {} }
  // The shape is the contract's.
  const { id } = (await post(world, '', { name: 'every-second', cron_expression: '* * * * * *', target })) as { id: string }
  return {
    async end() {
      await post(world, `/${id}/pause`, {})
      const { rows } = await world.db.query<{ slot: Date; started_at: Date }>(
        'select slot, started_at from schedule_executions where schedule_id = $1 order by slot',
        [id],
      )
      return { violations: judge(rows), slots: rows.length }
    },
  }
}

function judge(rows: readonly { slot: Date; started_at: Date }[]): string[] {
  const steps = rows.slice(1).map(({ slot }, n) => slot.getTime() - (rows[n]?.slot.getTime() ?? 0))
  const delays = rows.map(({ slot, started_at }) => started_at.getTime() - slot.getTime())
  return [
    ...(rows.length > 1 ? [] : ['the schedule of every second never fired']),
    ...steps.filter((ms) => ms !== 1_000).map((ms) => `a schedule of every second was due ${ms} ms after it had been`),
    ...delays.filter((ms) => ms < 0 || ms > lateMs).map((ms) => `a schedule fired ${ms} ms after it was due`),
  ]
}

async function post(world: World, path: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const address = `${world.urls()[0]}/v1/durable/schedules${path}`
  const response = await fetch(address, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${path} was refused: ${await response.text()}`)
  return response.json()
}
