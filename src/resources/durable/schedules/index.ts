// The operations on schedules and on what they did.
import { createSchedule } from './create.ts'
import { deleteSchedule } from './delete.ts'
import { getExecution, listScheduleExecutions } from './executions.ts'
import { getSchedule } from './get.ts'
import { listSchedules } from './list.ts'
import { pauseSchedule, resumeSchedule } from './pause.ts'
import { getScheduleStats } from './stats.ts'
import { triggerSchedule } from './trigger.ts'
import { updateSchedule } from './update.ts'

export const schedules = [
  listSchedules,
  createSchedule,
  getSchedule,
  updateSchedule,
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  triggerSchedule,
  listScheduleExecutions,
  getExecution,
  getScheduleStats,
]
