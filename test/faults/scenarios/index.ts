// Every scenario there is.
import { databaseStorm } from './database-storm.ts'
import { partition } from './partition.ts'
import type { Scenario } from './scenario.ts'
import { storm } from './storm.ts'

export const scenarios: readonly Scenario[] = [storm, databaseStorm, partition]
