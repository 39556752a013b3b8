// What this worker remembers of the sessions it works for, so that it need not be sent again: configurations by hash, and each
// session's transcript, folded. Only a cache: what is missing is asked for.
import type { Assignment } from '../contract/control-plane.ts'
import type { SessionConfig, StepContext } from '../turn/session-config.ts'
import { foldTranscript, type TranscriptEntry } from '../turn/transcript.ts'
import type { StepTools } from './step.ts'
import { WeighedCache } from './weighed-cache.ts'

const configBytes = 32 * 1024 * 1024
const transcriptBytes = 128 * 1024 * 1024
/** What an entry costs besides its text. */
const entryBytes = 512

export interface Transcript {
  /** The last event that is in it. */
  through: number
  entries: TranscriptEntry[]
  bytes: number
}

export interface StepMemory {
  step: StepContext
  config: SessionConfig
}

export class SessionMemory {
  readonly #configs = new WeighedCache<SessionConfig>(configBytes)
  readonly #transcripts = new WeighedCache<Transcript>(transcriptBytes)

  /** The step's context and configuration. */
  async recall(assignment: Assignment, tools: StepTools): Promise<StepMemory> {
    const sent = this.#read(assignment.context)
    const config = this.#configs.get(sent.configHash)
    if (config) return { step: sent, config }
    const step = await this.#ask(tools)
    if (!step.config) throw new Error('turn_context answered without the configuration')
    return { step: { ...step, circuit: sent.circuit }, config: step.config }
  }

  /** The same with the transcript, which a reason step's context names. */
  async recallTranscript(assignment: Assignment, tools: StepTools): Promise<StepMemory & { transcript: Transcript }> {
    const memory = await this.recall(assignment, tools)
    const transcript = this.#extend(assignment.sessionId, memory.step)
    if (transcript) return { transcript, ...memory }
    const whole = await this.#ask(tools)
    const asked = this.#extend(assignment.sessionId, whole)
    if (!asked) throw new Error('turn_context answered without the whole transcript')
    return { step: { ...whole, circuit: memory.step.circuit }, config: whole.config ?? memory.config, transcript: asked }
  }

  #read(context: string): StepContext {
    // Made by the turn's own context builder.
    const step = JSON.parse(context) as StepContext
    if (step.config) this.#configs.set(step.config.hash, step.config, context.length)
    return step
  }

  async #ask(tools: StepTools): Promise<StepContext> {
    return this.#read(JSON.stringify(await tools.call('turn_context', { from: 0 })))
  }

  /** Null when what was sent does not follow what is known here. */
  #extend(sessionId: string, { transcript: sent }: StepContext): Transcript | null {
    if (!sent) return null
    const known = sent.base === 0 ? { through: 0, entries: [], bytes: entryBytes } : this.#transcripts.get(sessionId)
    if (!known || known.through < sent.base || known.through > sent.through) return null
    const events = sent.events.filter((event) => event.sequence > known.through)
    const added = events.reduce((sum, event) => sum + event.data.length + entryBytes, 0)
    const transcript = {
      through: sent.through,
      entries: foldTranscript(known.entries, events),
      bytes: known.bytes + added,
    }
    this.#transcripts.set(sessionId, transcript, transcript.bytes)
    return transcript
  }
}
