// A relay on the worker's wire that delivers too much: what a worker says about its steps goes on several times, and old words of this
// or another worker come after newer ones, on whatever stream there is. It also cuts streams.
import {
  type ClientDuplexStream,
  credentials,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import {
  type CallReply,
  type CallRequest,
  type ControlFrame,
  type ControlMessage,
  WorkerClient,
  type WorkerFrame,
  type WorkerMessage,
  WorkerService,
} from '../../../src/contract/gen/worker.ts'
import type { Random } from './random.ts'

type Down = ServerDuplexStream<WorkerFrame, ControlFrame>
type Up = ClientDuplexStream<WorkerFrame, ControlFrame>
interface Pair {
  down: Down
  up: Up
}

/** Words about a step: whoever hears them twice must act once. Slots and beats are counted, and only ever said once. */
const repeatable = ['emit', 'begin', 'finish', 'fail', 'release']
/** Answers that may come again. */
const answers = ['emitted', 'begun', 'finished', 'stop']
const remembered = 400
/** Of the words, those said again at once; and those after which an old one comes. */
const share = { again: 0.5, old: 0.3 }
const mostTimes = 4
const bounded = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 }

export class Relay {
  readonly counts = { 'said again': 0, 'said late': 0, 'answered again': 0, 'streams cut': 0 }
  address = ''
  readonly #server = new Server(bounded)
  readonly #client: WorkerClient
  readonly #random: Random
  /** What was said through any relay that shares it. */
  readonly #history: WorkerMessage[]
  readonly #open = new Set<Pair>()

  private constructor(target: string, random: Random, history: WorkerMessage[]) {
    this.#client = new WorkerClient(target, credentials.createInsecure(), bounded)
    this.#random = random
    this.#history = history
  }

  /** In front of the control plane at `target`. Relays that share a history say each other's old words. */
  static async open(target: string, random: Random, history: WorkerMessage[]): Promise<Relay> {
    const relay = new Relay(target, random, history)
    relay.#server.addService(WorkerService, {
      open: (call: Down) => relay.#join(call),
      call: (call: ServerUnaryCall<CallRequest, CallReply>, reply: sendUnaryData<CallReply>) => relay.#call(call, reply),
    })
    const port = await new Promise<number>((resolve, reject) =>
      relay.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, taken) =>
        error ? reject(error) : resolve(taken),
      ),
    )
    relay.address = `127.0.0.1:${port}`
    return relay
  }

  /** Breaks every stream that stands. */
  cut(): void {
    for (const pair of this.#open) {
      this.counts['streams cut'] += 1
      this.#break(pair)
    }
  }

  close(): void {
    this.cut()
    this.#client.close()
    this.#server.forceShutdown()
  }

  #join(down: Down): void {
    const up = this.#client.open(down.metadata)
    const pair = { down, up }
    this.#open.add(pair)
    down.on('data', (frame: WorkerFrame) => up.write({ messages: frame.messages.flatMap((message) => this.#said(message)) }))
    up.on('data', (frame: ControlFrame) => down.write({ messages: frame.messages.flatMap((message) => this.#answered(message)) }))
    const over = () => this.#break(pair)
    for (const event of ['error', 'end', 'cancelled']) down.on(event, over)
    for (const event of ['error', 'end']) up.on(event, over)
  }

  /** Both ends are told: the worker with a status, or it would go on waiting. */
  #break(pair: Pair): void {
    if (!this.#open.delete(pair)) return
    pair.up.cancel()
    pair.down.emit('error', { code: status.UNAVAILABLE, details: 'the relay broke the stream' })
  }

  /** The word, perhaps more than once, and perhaps an old one behind it. */
  #said(message: WorkerMessage): WorkerMessage[] {
    if (!repeatable.includes(message.body?.$case ?? '')) return [message]
    const times = this.#random.next() < share.again ? this.#random.between(2, mostTimes) : 1
    this.counts['said again'] += times - 1
    const old = this.#history.length > 0 && this.#random.next() < share.old ? [this.#random.oneOf(this.#history)] : []
    this.counts['said late'] += old.length
    this.#history.push(message)
    if (this.#history.length > remembered) this.#history.shift()
    return [...Array.from({ length: times }, () => message), ...old]
  }

  #answered(message: ControlMessage): ControlMessage[] {
    if (!answers.includes(message.body?.$case ?? '') || this.#random.next() > share.again) return [message]
    this.counts['answered again'] += 1
    return [message, message]
  }

  /** Asked twice; the later answer counts. */
  #call(call: ServerUnaryCall<CallRequest, CallReply>, reply: sendUnaryData<CallReply>): void {
    const ask = (then: sendUnaryData<CallReply>) => void this.#client.call(call.request, call.metadata, then)
    ask(() => ask(reply))
  }
}
