// What the admin's operations are handed besides the database: the engine's doors, the last hour, what can be watched live.
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Database } from '../../db/schema.ts'
import type { Duty, Engine } from '../../durable/index.ts'
import { Topics } from '../shared/live.ts'
import { type Figures, readFigures } from './health/figures.ts'
import { History, keepHistory } from './metrics/history.ts'

export interface Durable {
  submit: Engine['submit']
  /** After a commit that enqueued tasks: this process and the others look for them. */
  wake(): void
  /** After a commit that drained or resumed workers; settles when this process has told those connected to it. */
  workersChanged(): Promise<void>
  schedules(): Engine['schedules']
  history: History
  topics: Topics
}

export interface DurableParts {
  db: Kysely<Database>
  /** The engine is made with operations, so it comes later. */
  engine(): Engine
  /** Hints for the other processes. */
  hintReady(): void
  hintWorkers(): void
  log: Logger
}

export interface DurableAndDuties {
  durable: Durable
  duties: Duty[]
  /** The figures of the deployment now. */
  figures(): Promise<Figures>
}

export function createDurable({ db, engine, hintReady, hintWorkers, log }: DurableParts): DurableAndDuties {
  const history = new History()
  const figures = () => readFigures(db)
  return {
    durable: {
      submit: (item) => engine().submit(item),
      wake() {
        engine().wake()
        hintReady()
      },
      async workersChanged() {
        hintWorkers()
        await engine().lookAtWorkers()
      },
      schedules: () => engine().schedules,
      history,
      topics: new Topics(log),
    },
    duties: [keepHistory(history, figures)],
    figures,
  }
}
