// A delay that an abort ends.

/** True when the time is over, false as soon as the signal is aborted. No delay at all for 0. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> | boolean {
  if (signal.aborted) return false
  if (ms <= 0) return true
  return new Promise((resolve) => {
    const end = (isOver: boolean) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      resolve(isOver)
    }
    const stop = () => end(false)
    const timer = setTimeout(() => end(true), ms)
    signal.addEventListener('abort', stop)
  })
}
