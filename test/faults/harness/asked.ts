// A worker dies before it asks a model on the network, or when it has asked and no byte has come back.
import { randomUUID } from 'node:crypto'
import { wires } from '../../conformance/driver-wires.ts'
import { type ModelServer, startModelServer } from '../../support/model-server.ts'
import { beginCourse } from './course.ts'
import { died } from './faults.ts'
import type { Outcome } from './run.ts'
import type { World } from './world.ts'

const slots = 8

/** A model of this world that is answered by `server`. Without it gone again, it would be the one that other sessions use. */
async function modelAt({ api }: World, server: ModelServer): Promise<{ provider: string; model: string }> {
  const name = `provider ${randomUUID()}`
  const provider = { name, provider_type: 'openai', base_url: server.url, api_key: 'sk-of-the-fault-suite' }
  // The answers' shapes are the contract's.
  const { id } = (await api.ask('POST', '/v1/providers', provider)) as { id: string }
  const model = { model_id: 'model-1', display_name: 'Model 1' }
  const made = (await api.ask('POST', `/v1/providers/${id}/models`, model)) as { id: string } // as above
  return { provider: id, model: made.id }
}

/** How often the model was asked, all in all, must be `requests`. */
export async function workerDiesAsking(world: World, moment: 'before' | 'asked'): Promise<Outcome> {
  const server = await startModelServer()
  server.fallback({ body: wires.openai?.text ?? '' })
  const { provider, model: model_id } = await modelAt(world, server)
  try {
    await world.killWorkers()
    const failpoints = moment === 'before' ? 'reason.before_model=kill@1' : undefined
    const victim = await world.addWorker({ slots, ...(failpoints ? { failpoints } : {}) })
    if (moment === 'asked') server.reply({ end: 'mute' })
    const course = await beginCourse(world, { capabilities: [], session: { model_id }, text: 'Hello' })
    if (moment === 'asked') {
      await server.received(1)
      await victim.kill()
    }
    const at = await died(victim, new Promise(() => {}))
    await world.addWorker({ slots })
    const problems = await course.settle()
    const asked = server.requests.length
    const expected = moment === 'before' ? 1 : 2
    const next = course.reader.events.find((event) => event.at > at && Date.parse(event.ts) > at)
    return {
      violations: asked === expected ? problems : [...problems, `the model was asked ${asked} times, not ${expected}`],
      recoveryMs: next ? next.at - at : null,
    }
  } finally {
    world.forgetDead()
    await world.api.ask('DELETE', `/v1/providers/${provider}`)
    await server.close()
  }
}
