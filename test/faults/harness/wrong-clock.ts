// A clock of its own for a process that is told the time by libfaketime: wrong by so much, and set anew while it runs. The clock that only
// measures how long things take (CLOCK_MONOTONIC) goes right, as it does where an operator or NTP sets a clock.
import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CannotBeTried } from '../scenarios/scenario.ts'
import type { Launch } from './child.ts'

const run = promisify(execFile)
/** A process that starts takes this long at most to tell the time. */
const slackMs = 10_000
const tickMs = 50

let made = 0

export class WrongClock {
  readonly launch: Launch
  readonly #file: string

  private constructor(file: string, library: string) {
    this.#file = file
    this.launch = {
      env: {
        LD_PRELOAD: library,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    }
  }

  /** Throws CannotBeTried where there is no libfaketime, or it does not fool Node.js. */
  static async make(offByMs: number): Promise<WrongClock> {
    const library = await run('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD']).catch(() => {
      throw new CannotBeTried('libfaketime is not installed')
    })
    made += 1
    const file = join(tmpdir(), `everruns-faults-clock-${process.pid}-${made}`)
    const clock = new WrongClock(file, library.stdout.trim())
    await clock.set(offByMs)
    const shown = await run(process.execPath, ['-p', 'Date.now()'], { env: { ...process.env, ...clock.launch.env } })
    const off = Number(shown.stdout) - Date.now() - offByMs
    if (Math.abs(off) > slackMs) throw new CannotBeTried(`libfaketime does not set the clock of Node.js: it is off by ${off} ms`)
    return clock
  }

  async set(offByMs: number): Promise<void> {
    const seconds = offByMs / 1_000
    await writeFile(this.#file, `${seconds < 0 ? '' : '+'}${seconds}`)
  }

  /** Goes `times` as fast for a while, backwards when negative. */
  async drift(times: number, forMs: number): Promise<void> {
    const since = performance.now()
    for (let passed = 0; passed < forMs; passed = performance.now() - since) {
      await this.set(Math.round(passed * times))
      await wait(tickMs)
    }
  }

  async close(): Promise<void> {
    await rm(this.#file, { force: true })
  }
}
