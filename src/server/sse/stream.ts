// One reader's stream: frames into a socket, one write each, no more than the socket takes, and a proper end.
import type { Socket } from 'node:net'
import type { EventSink, Reading, WireEvent } from '../../resources/events/feed.ts'
import type { LiveFrame, LiveSink } from '../../resources/shared/live.ts'
import { disconnectingFrame, type Ending, eventFrame, heartbeatFrame, liveFrame } from './frames.ts'

/** Unsent bytes at which the reader is waited for. */
const maxUnsent = 256 * 1024
/** A reader that takes nothing for this long is gone. */
const maxStallMs = 30_000
/**
 * The last frame comes this long after the last event was sent: the TypeScript SDK drops the events of the network chunk in
 * which it finds `disconnecting`, though its cursor is already past them.
 */
const quietMs = 60
/** How long unsent events may hold up the last frame, and the last frame the closing. */
const lastWordsMs = 1_000

export class Stream implements EventSink, LiveSink {
  private readonly socket: Socket
  /** When it is to be opened anew; by `performance.now()`, like all times here. */
  private readonly cycleAt: number
  /** When its reader is asked to come back after the end of the cycle. */
  private readonly retryMs: number
  private reading: Reading | undefined
  private lastWrite = performance.now()
  private stalledSince: number | undefined
  private gathering = false
  private ending: Promise<void> | undefined

  constructor(socket: Socket, cycleAt: number, retryMs: number) {
    this.socket = socket
    this.cycleAt = cycleAt
    this.retryMs = retryMs
    socket.on('drain', () => this.drained())
  }

  /** Where its events come from. */
  reads(reading: Reading): void {
    this.reading = reading
    if (this.ending) reading.close()
  }

  write(event: WireEvent): boolean {
    return this.take(eventFrame(event))
  }

  /** A picture that a slow reader has no room for is not queued: there will be a newer one. */
  show(picture: LiveFrame): boolean {
    if (this.ending || this.stalledSince !== undefined) return false
    this.take(liveFrame(picture))
    return true
  }

  private take(frame: Buffer): boolean {
    this.send(frame)
    if (this.socket.writableLength < maxUnsent) return true
    this.stalledSince = this.lastWrite
    return false
  }

  /** What time asks for: a heartbeat, the end of the cycle, giving up. */
  tick(now: number, heartbeatMs: number): void {
    if (this.ending) return
    if (now >= this.cycleAt) void this.end('connection_cycle')
    else if (this.stalledSince !== undefined && now - this.stalledSince > maxStallMs) void this.end('slow_reader')
    else if (now - this.lastWrite >= heartbeatMs && this.stalledSince === undefined) this.send(heartbeatFrame)
  }

  /** No more events; says why and closes. Settles when that is done. */
  end(why: Ending): Promise<void> {
    this.reading?.close()
    this.ending ??= this.sayGoodbye(why)
    return this.ending
  }

  private async sayGoodbye(why: Ending): Promise<void> {
    const giveUp = performance.now() + lastWordsMs
    let unsent: boolean
    do {
      unsent = this.socket.writableLength > 0
      await pause(quietMs)
    } while ((unsent || this.socket.writableLength > 0) && performance.now() < giveUp && !this.socket.destroyed)
    this.socket.end(disconnectingFrame(why, this.retryMs))
    await closed(this.socket)
  }

  private send(frame: Buffer | string): void {
    this.lastWrite = performance.now()
    this.gather()
    this.socket.write(frame)
  }

  /**
   * The frames of one commit leave in one system call: each is a write of its own, the kernel is asked once. They come in a chain of
   * microtasks; a tick that is asked for in one of them comes after all of them.
   */
  private gather(): void {
    if (this.gathering) return
    this.gathering = true
    this.socket.cork()
    queueMicrotask(() => process.nextTick(() => this.letGo()))
  }

  private letGo(): void {
    this.gathering = false
    this.socket.uncork()
  }

  private drained(): void {
    if (this.stalledSince === undefined) return
    this.stalledSince = undefined
    this.reading?.resume()
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The reader's own end is not waited for longer than a last word takes. */
function closed(socket: Socket): Promise<void> {
  if (socket.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const cut = setTimeout(() => socket.destroy(), lastWordsMs)
    socket.once('close', () => {
      clearTimeout(cut)
      resolve()
    })
  })
}
