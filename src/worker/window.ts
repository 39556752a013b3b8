// How much may wait for the control plane: emits that are sent and not yet stored, and everything held in memory until it is.
export interface WindowLimits {
  /** Emits sent and not acknowledged. */
  messages: number
  bytes: number
  /** Everything that waits in this process, sent or not. */
  heldBytes: number
}

export const defaultLimits: WindowLimits = { messages: 256, bytes: 1024 * 1024, heldBytes: 64 * 1024 * 1024 }

export interface Window {
  /** Whether an emit may go out now. */
  isOpen(): boolean
  /** Calls `flush` when it may again. */
  whenOpen(flush: () => void): void
  connected(isConnected: boolean): void
  sent(bytes: number): void
  acknowledged(messages: number, bytes: number): void
  /** Counts what waits in memory; negative when it is gone. */
  hold(bytes: number): void
  hasRoom(): boolean
  /** Resolves when there is room for more. */
  room(): Promise<void>
}

export function sendingWindow(limits: WindowLimits = defaultLimits): Window {
  let isConnected = false
  let messages = 0
  let bytes = 0
  let held = 0
  let flushes = new Set<() => void>()
  let waiters: (() => void)[] = []
  const isOpen = () => isConnected && messages < limits.messages && bytes < limits.bytes
  const hasRoom = () => held < limits.heldBytes

  function wake(): void {
    const due = flushes
    flushes = new Set()
    // Whoever finds the window full again puts itself back.
    for (const flush of due) flush()
  }

  return {
    isOpen,
    hasRoom,
    whenOpen: (flush) => void flushes.add(flush),
    connected(now) {
      isConnected = now
      if (isOpen()) wake()
    },
    sent(size) {
      messages += 1
      bytes += size
    },
    acknowledged(count, size) {
      messages -= count
      bytes -= size
      if (isOpen()) wake()
    },
    hold(size) {
      held += size
      if (!hasRoom()) return
      const woken = waiters
      waiters = []
      for (const resolve of woken) resolve()
    },
    room: () => (hasRoom() ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
  }
}
