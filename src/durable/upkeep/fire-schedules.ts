// Begins what schedules are due for.
import type { Schedules } from '../schedules/schedules.ts'
import type { Duty } from './duty.ts'

const lookMs = 1_000

export const fireSchedules = (schedules: Schedules): Duty => ({
  name: 'fire_schedules',
  everyMs: lookMs,
  async run() {
    const fired = await schedules.fireDue()
    return (fired > 0 ? { fired } : {}) as Record<string, number>
  },
})
