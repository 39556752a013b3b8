// How many of one stream's emits wait to be stored, and whether that is more than the window allows.
import type { ControlMessage, WorkerMessage } from '../contract/control-plane.ts'

const windowMessages = 256
const windowBytes = 1024 * 1024

export interface EmitWindow {
  sent(message: WorkerMessage, bytes: number): void
  acknowledged(message: ControlMessage): void
}

interface Waiting {
  number: number
  bytes: number
}

/** `changed` is called with true when the window fills and with false when it has room again. */
export function emitWindow(changed: (isFull: boolean) => void): EmitWindow {
  const waiting = new Map<string, Waiting[]>()
  let messages = 0
  let bytes = 0
  let full = false

  function settle(taskId: string, through: number): void {
    const emits = waiting.get(taskId)
    if (!emits) return
    const kept = emits.filter((emit) => emit.number > through)
    for (const emit of emits) if (emit.number <= through) bytes -= emit.bytes
    messages -= emits.length - kept.length
    if (kept.length > 0) waiting.set(taskId, kept)
    else waiting.delete(taskId)
  }

  function check(): void {
    const isFull = messages >= windowMessages || bytes >= windowBytes
    if (isFull === full) return
    full = isFull
    changed(full)
  }

  return {
    sent(message, size) {
      if (message.kind !== 'emit') return
      const emits = waiting.get(message.task.id) ?? []
      emits.push({ number: message.number, bytes: size })
      waiting.set(message.task.id, emits)
      messages += 1
      bytes += size
      check()
    },
    acknowledged(message) {
      if (message.kind === 'emitted') settle(message.task.id, message.number)
      else if (message.kind === 'finished' || message.kind === 'stop') settle(message.task.id, Number.POSITIVE_INFINITY)
      else return
      check()
    },
  }
}
