// Every scenario there is.
import { clockSkew } from './clock-skew.ts'
import { databaseCut } from './database-cut.ts'
import { databaseStorm } from './database-storm.ts'
import { diskFull } from './disk-full.ts'
import { duplicates } from './duplicates.ts'
import { exhaustion } from './exhaustion.ts'
import { fairness } from './fairness.ts'
import { hints } from './hints.ts'
import { netns } from './netns.ts'
import { partition } from './partition.ts'
import { poison } from './poison.ts'
import { readers } from './readers.ts'
import { release } from './release.ts'
import { rolling } from './rolling.ts'
import type { Scenario } from './scenario.ts'
import { standby } from './standby.ts'
import { storm } from './storm.ts'

export const scenarios: readonly Scenario[] = [
  storm,
  databaseStorm,
  partition,
  hints,
  databaseCut,
  fairness,
  poison,
  diskFull,
  clockSkew,
  standby,
  netns,
  exhaustion,
  rolling,
  readers,
  duplicates,
  release,
]
