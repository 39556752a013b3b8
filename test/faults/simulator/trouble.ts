// What goes wrong in a run. Each seed chooses which kinds of trouble there are and how often; afterwards everything is made whole, so
// that a run must come to rest.
import type { Random } from '../harness/random.ts'
import { type Actor, actor } from './clock.ts'
import type { Plane } from './plane.ts'
import { Worker } from './worker.ts'
import type { World } from './world.ts'

export class Trouble {
  readonly #world: World
  readonly #fate: Actor = actor('fate')
  #isOver = false

  constructor(world: World) {
    this.#world = world
  }

  get #random(): Random {
    return this.#world.random
  }

  /** Strikes until `overMs` have passed, then makes everything whole. */
  begin(overMs: number): void {
    const { clock, database } = this.#world
    const chosen = this.#kinds.filter(() => this.#random.next() < 0.45)
    const meanMs = this.#random.oneOf([150, 400, 1_000])
    if (this.#random.next() < 0.3) database.troubleShare = 0.01 * this.#random.next()
    const strike = () => {
      if (this.#isOver) return
      if (chosen.length > 0) this.#random.oneOf(chosen)()
      clock.after(2 * meanMs * this.#random.next(), this.#fate, strike)
    }
    strike()
    clock.after(overMs, this.#fate, () => this.#end())
  }

  readonly #kinds: (() => void)[] = [
    () => this.#cutStream(),
    () => this.#cutStream(),
    () => this.crashWorker(this.#random.oneOf(this.#world.workers)),
    () => this.#restartWorker(),
    () => this.#pause(this.#random.oneOf(this.#world.workers).actor, 6_000),
    () => this.crashPlane(this.#random.oneOf(this.#world.planes)),
    () => this.#pause(this.#random.oneOf(this.#world.planes).actor, 2_500),
    () => this.#stopDatabase(),
    () => this.#putValue(),
  ]

  #cutStream(): void {
    const streams = [...this.#world.network.streams]
    if (streams.length === 0) return
    const stream = this.#random.oneOf(streams)
    this.#world.say(this.#fate, () => `cuts the stream of ${stream.worker.name}`)
    stream.cut()
  }

  crashWorker(worker: Worker): void {
    const { clock, workers } = this.#world
    if (!worker.actor.alive) return
    this.#world.say(this.#fate, () => `kills ${worker.actor.name}`)
    worker.actor.alive = false
    for (const stream of [...this.#world.network.streams]) if (stream.worker === worker.actor) stream.cut()
    clock.after(this.#random.next() * 2_500, this.#fate, () => this.#replace(workers.indexOf(worker)))
  }

  #replace(place: number): void {
    const { workers } = this.#world
    const worker = workers[place]
    if (worker) workers[place] = new Worker(this.#world, worker.actor.name, worker.capacity)
  }

  /** As by a deployment: the worker ends in good order and another takes its place. */
  #restartWorker(): void {
    const { clock, workers } = this.#world
    const worker = this.#random.oneOf(workers)
    if (!worker.actor.alive || worker.isStopping) return
    this.#world.say(this.#fate, () => `restarts ${worker.actor.name}`)
    worker.isStopping = true
    const graceMs = this.#random.next() * 400
    clock.after(0, worker.actor, () => {
      void worker.loop.stop({ graceMs }).then(() => {
        // Its last words are on their way; nothing of it runs on.
        clock.after(200, this.#fate, () => {
          if (!worker.actor.alive) return
          worker.actor.alive = false
          this.#replace(workers.indexOf(worker))
        })
      })
    })
  }

  #pause(who: Actor, longestMs: number): void {
    const { clock } = this.#world
    const ms = this.#random.next() * longestMs
    this.#world.say(this.#fate, () => `stops ${who.name} for ${Math.round(ms)} ms`)
    who.pausedUntil = Math.max(who.pausedUntil, clock.now + ms)
  }

  crashPlane(plane: Plane): void {
    const { clock, database, network, planes } = this.#world
    if (!plane.actor.alive) return
    this.#world.say(this.#fate, () => `kills ${plane.actor.name}`)
    plane.actor.alive = false
    database.clientDied(plane.actor)
    for (const stream of [...network.streams]) if (stream.plane === plane) stream.cut()
    const place = planes.indexOf(plane)
    clock.after(this.#random.next() * 2_000, this.#fate, () => this.#world.startPlane(place, plane.actor.name))
  }

  #stopDatabase(): void {
    const { clock, database } = this.#world
    if (!database.isUp) return
    const ms = this.#random.next() < 0.5 ? this.#random.next() * 300 : this.#random.next() * 7_000
    this.#world.say(this.#fate, () => `stops the database for ${Math.round(ms)} ms`)
    database.stop()
    clock.after(ms, this.#fate, () => database.start())
  }

  /** A person changes what a tool may be reading. */
  #putValue(): void {
    const { database } = this.#world
    if (!database.isUp) return
    const connection = database.open(this.#fate)
    const value = this.#random.between(1_000, 2_000)
    connection.query({ name: 'put_value', text: '', values: [value, `a person (${value})`] }).then(
      () => connection.close(),
      () => connection.close(),
    )
  }

  #end(): void {
    const { database } = this.#world
    this.#isOver = true
    database.troubleShare = 0
    database.start()
    this.#world.say(this.#fate, () => 'rests')
  }
}
