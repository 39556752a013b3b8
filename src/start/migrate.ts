// `everruns migrate`: brings the database up to date and ends.
import type { Logger } from 'pino'
import { migrate } from '../db/migrate.ts'
import { withDatabase } from './installation.ts'
import type { Settings } from './settings.ts'

export async function run(given: Settings, log: Logger): Promise<void> {
  const { settings, stop } = await withDatabase(given, log)
  try {
    const ran = await migrate({ url: settings.DATABASE_UNPOOLED_URL ?? settings.DATABASE_URL })
    process.stdout.write(ran.length > 0 ? `Ran ${ran.join(', ')}.\n` : 'The database is up to date.\n')
  } finally {
    await stop()
  }
}
