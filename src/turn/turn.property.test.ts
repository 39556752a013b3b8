// Any order of reports, repetitions, messages, cancels and client results: the world checks after each what must hold.
import fc from 'fast-check'
import { test } from 'vitest'
import { type ModelCall, World } from '../../test/support/turn-world.ts'

type Action = (world: World) => void

/** Something that happens `weight` times as often as the rarest; `what` are its arguments. */
function sometimes<T>(weight: number, what: fc.Arbitrary<T>, act: (world: World, given: T) => void) {
  const toAction =
    (given: T): Action =>
    (world) =>
      act(world, given)
  return { weight, arbitrary: what.map(toAction) }
}

const nothing = fc.constant(null)
const pick = fc.nat(9)
const calls = fc.array(
  fc.record<ModelCall>({
    class: fc.constantFrom('pure', 'transactional', 'at_most_once', 'client'),
    concurrencyClass: fc.constantFrom(undefined, undefined, 'a', 'b'),
  }),
  { minLength: 1, maxLength: 5 },
)
const failures = fc.constantFrom('error', 'dead', 'interrupted', 'conflict', 'timeout')

const action: fc.Arbitrary<Action> = fc.oneof(
  sometimes(3, nothing, (world) => world.post()),
  sometimes(2, nothing, (world) => world.answer([])),
  sometimes(6, calls, (world, some) => world.answer(some)),
  sometimes(1, fc.boolean(), (world, dead) => world.failModel(dead)),
  sometimes(8, pick, (world, n) => world.endCall(n, 'success')),
  sometimes(4, fc.tuple(pick, failures), (world, [n, how]) => world.endCall(n, how)),
  sometimes(2, pick, (world, n) => world.endCall(n, 'timeout', ['client'])),
  sometimes(4, fc.boolean(), (world, exact) => world.submit(exact)),
  sometimes(4, pick, (world, n) => world.repeat(n)),
  sometimes(1, nothing, (world) => world.cancel()),
  sometimes(1, fc.boolean(), (world, holdBack) => (holdBack ? world.hold() : world.resume())),
)

test('whatever comes in whatever order, no turn hangs, no call lacks its result and no message its answer', () => {
  const history = fc.array(action, { maxLength: 80, size: 'max' })
  const holds = fc.property(history, (actions) => {
    const world = new World()
    for (const act of actions) act(world)
    world.rest()
  })
  fc.assert(holds, { numRuns: 300 })
}, 30_000)
