// The rows of the whole database, judged by the program that operators run: `everruns check`.
import type pg from 'pg'
import { checkDatabase } from '../../../src/start/check.ts'

export const rowViolations = async (db: pg.Pool): Promise<string[]> =>
  (await checkDatabase(db)).flatMap(({ says, breaches, count }) =>
    count === 0 ? [] : [`it is not so that ${says}: ${count} times, ${breaches.join('; ')}`],
  )
