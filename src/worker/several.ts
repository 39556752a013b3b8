// Several control planes as one: a worker talks to one of them at a time and turns to the next when its stream is gone.
import type { ControlPlane } from '../contract/control-plane.ts'

export interface SeveralOptions {
  /** 0 to 1: where to begin, so that workers spread over all of them. */
  random(): number
}

/** At least one. A Call goes where the stream is: any control plane of the database knows the lease. */
export function severalControlPlanes(planes: readonly ControlPlane[], { random }: SeveralOptions): ControlPlane {
  let turn = Math.floor(random() * planes.length)
  const at = (n: number): ControlPlane => {
    const plane = planes[n % planes.length]
    if (!plane) throw new Error('no control plane')
    return plane
  }
  let current = at(turn)
  return {
    open(hello, events) {
      current = at(turn++)
      return current.open(hello, events)
    },
    call: (...args) => current.call(...args),
  }
}
