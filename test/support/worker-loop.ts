// A worker's loop between a control plane that the test plays and steps that the test ends.
import { pino } from 'pino'
import { afterEach } from 'vitest'
import { newId } from '../../src/contract/ids.ts'
import { startWorkerLoop, type WorkerLoop, type WorkerLoopOptions } from '../../src/worker/loop.ts'
import type { Step, StepTools } from '../../src/worker/step.ts'
import { ScriptedControlPlane, type WorkerStream } from './control-plane.ts'

let open: { loop: WorkerLoop; controlPlane: ScriptedControlPlane }[] = []
afterEach(async () => {
  for (const { loop, controlPlane } of open) {
    for (const task of loop.running()) controlPlane.latest?.say({ kind: 'stop', task, why: 'lost' })
    await loop.stop({ graceMs: 0 })
  }
  open = []
})

export async function working(given: Partial<WorkerLoopOptions> & { work?: Step } = {}) {
  const controlPlane = new ScriptedControlPlane()
  const { work = async () => ({ kind: 'finish', value: 'done' }), ...options } = given
  const loop = startWorkerLoop({
    controlPlane,
    steps: { work },
    capacity: 2,
    name: 'worker',
    group: null,
    version: '0.0.0',
    inProcess: false,
    log: pino({ level: 'silent' }),
    incarnation: newId(),
    random: () => 0,
    ...options,
  })
  open.push({ loop, controlPlane })
  const stream = await controlPlane.stream()
  return { loop, controlPlane, stream }
}

/** A step that the test ends. */
export function held() {
  const started: { tools: StepTools; end(value: string): void }[] = []
  let tell: (() => void) | null = null
  const work: Step = (_assignment, tools) =>
    new Promise((resolve) => {
      started.push({ tools, end: (value) => resolve({ kind: 'finish', value }) })
      tell?.()
    })
  const running = async (n = 1) => {
    while (started.length < n) await new Promise<void>((resolve) => (tell = resolve))
    const last = started[n - 1]
    if (!last) throw new Error('nothing runs')
    return last
  }
  return { work, running, started }
}

export const progress = (message: string) => ({ tool_call_id: 'c', tool_name: 't', message })
export const messagesIn = (events: { data: string }[]) => events.map(({ data }) => JSON.parse(data).message)

export async function reconnected(controlPlane: ScriptedControlPlane, stream: WorkerStream): Promise<WorkerStream> {
  stream.cut()
  const next = await controlPlane.stream()
  next.welcome()
  return next
}
