// Every scenario there is.
import { databaseStorm } from './database-storm.ts'
import type { Scenario } from './scenario.ts'
import { storm } from './storm.ts'

export const scenarios: readonly Scenario[] = [storm, databaseStorm]
