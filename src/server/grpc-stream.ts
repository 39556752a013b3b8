// One worker's stream ⇄ one link of the control plane. Reading stops while the worker is slow to take our answers and while
// more of its emits wait to be stored than the window allows; what it sends then waits in its own memory.
import type { ServerDuplexStream } from '@grpc/grpc-js'
import type { Logger } from 'pino'
import type { ControlMessage, ControlPlane, Link, WorkerMessage } from '../contract/control-plane.ts'
import type { ControlFrame, WorkerMessage as WireWorkerMessage, WorkerFrame } from '../contract/gen/worker.ts'
import { Problem } from '../contract/problem.ts'
import { frameWriter, weighControl, weighWorker } from '../contract/worker-frames.ts'
import { statusOf } from '../contract/worker-status.ts'
import { controlToWire, helloFromWire, wireLimitBytes, workerFromWire } from '../contract/worker-wire.ts'
import type { TaskRef } from '../contract/workflow.ts'
import { emitWindow } from './grpc-window.ts'

export interface ServedStream {
  /** Sends what is gathered, then ends the stream; the worker opens another. */
  end(): void
}

/** Serves until either side ends; `gone` is called once. */
export function serveStream(
  call: ServerDuplexStream<WorkerFrame, ControlFrame>,
  controlPlane: ControlPlane,
  log: Logger,
  gone: () => void,
): ServedStream {
  let link: Link | null = null
  let over = false
  const reading = pauses(call)
  const window = emitWindow((isFull) => reading(isFull, 'window'))
  const out = frameWriter(call, {
    frameOf: (messages) => ({ messages }),
    weigh: weighControl,
    blocked: (isBlocked) => reading(isBlocked, 'slow worker'),
  })

  function finish(): boolean {
    if (over) return false
    over = true
    link?.close()
    gone()
    return true
  }

  /** Ends the call with a status: the worker must not take it for a quiet end. */
  function refuse(error: unknown): void {
    if (!finish()) return
    if (!(error instanceof Problem)) log.error({ err: error }, "a worker's stream failed")
    call.emit('error', statusOf(error))
  }

  function send(message: ControlMessage): void {
    if (over) return
    window.acknowledged(message)
    const wire = controlToWire(message)
    if (weighControl(wire) < wireLimitBytes) out.send(wire)
    else sendSmaller(message)
  }

  function sendSmaller(message: ControlMessage): void {
    for (const task of tasksIn(message)) link?.send(tooLarge(task))
    if (message.kind === 'finished') out.send(controlToWire({ ...message, next: [] }))
  }

  function take(wire: WireWorkerMessage): void {
    if (over) return
    if (!link) {
      link = controlPlane.open(helloFromWire(wire), { receive: send, closed: (why) => refuse(new Problem('unavailable', why)) })
      return
    }
    const message = workerFromWire(wire)
    if (!message) return
    window.sent(message, weighWorker(wire))
    link.send(message)
  }

  call.on('data', (frame: WorkerFrame) => {
    try {
      for (const wire of frame.messages) take(wire)
    } catch (error) {
      refuse(error)
    }
  })
  call.on('end', () => finish() && out.end())
  call.on('cancelled', finish)
  call.on('error', finish)
  return {
    end: () => finish() && out.end(),
  }
}

/** Reading goes on when nobody has a reason against it. */
function pauses(call: { pause(): unknown; resume(): unknown }): (isPaused: boolean, reason: string) => void {
  const reasons = new Set<string>()
  return (isPaused, reason) => {
    const before = reasons.size
    if (isPaused) reasons.add(reason)
    else reasons.delete(reason)
    if (before === 0 && reasons.size > 0) call.pause()
    if (before > 0 && reasons.size === 0) call.resume()
  }
}

function tasksIn(message: ControlMessage): TaskRef[] {
  if (message.kind === 'task') return [message.assignment.task]
  return message.kind === 'finished' ? message.next.map((assignment) => assignment.task) : []
}

/** Said in the worker's name: a task that cannot travel would otherwise be sent again for ever. */
const tooLarge = (task: TaskRef): WorkerMessage => ({
  kind: 'fail',
  task,
  error: "The step's context is larger than a message to a worker may be",
  retryable: false,
})
