// The simulator: a model without a network, a key or a bill. It follows a script where there is one and otherwise behaves like a
// small, predictable model. It remembers nothing: every answer is a function of the request. docs/simulator.md is its manual.
import type { Driver, ModelConnection, ModelEvent, ModelRequest } from '../contract/model.ts'
import { chooseTurn } from './sim/choose-turn.ts'
import { findScript, withoutScript } from './sim/find-script.ts'
import { type Performance, play } from './sim/play.ts'
import type { Script, Turn } from './sim/script.ts'
import { callIds, inputLength, readTranscript, tokensOf } from './sim/transcript.ts'

const defaultSilenceMs = 60_000

export const llmsim: Driver = {
  id: 'llmsim',
  label: 'Simulator',
  needsKey: false,
  credentialFields: [],

  async *stream(request, connection, signal): AsyncGenerator<ModelEvent, void, undefined> {
    yield* play(performanceOf(request, connection), signal)
  },
}

function performanceOf(request: ModelRequest, connection: ModelConnection): Performance {
  const found = findScript(request, connection)
  const script: Script = 'script' in found ? found.script : {}
  // A script that cannot be read is answered with what is wrong with it: whoever wrote it is reading.
  const turn: Turn = 'script' in found ? chooseTurn(script, readTranscript(request, withoutScript)) : { text: found.problem }
  const ids = callIds(request, turn.tool_calls?.length ?? 0)
  return {
    turn,
    ttftMs: turn.ttft_ms ?? script.latency?.ttft_ms ?? 0,
    tokenMs: turn.token_ms ?? script.latency?.token_ms ?? 0,
    silenceMs: connection.silenceTimeoutMs ?? defaultSilenceMs,
    callIds: ids,
    inputTokens: tokensOf(inputLength(request)),
    model: request.model,
    responseId: script.response_id ?? callIds(request, 1).join('').replace('call_sim', 'resp_sim'),
  }
}
