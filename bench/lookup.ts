// The agent turn that is measured: the model calls a tool at once and then answers; about 2.5 KB of messages, no waiting.
import { z } from 'zod'
import { type Capability, tool } from '../src/contract/capability.ts'

const filler = (characters: number): string => 'lorem ipsum dolor sit amet '.repeat(characters / 27 + 1).slice(0, characters)

export const lookup: Capability = {
  id: 'bench_lookup',
  name: 'Lookup',
  description: 'Finds filler.',
  tools: [
    tool({
      name: 'lookup',
      says: 'Finds a text.',
      effect: 'pure',
      args: z.object({ q: z.string() }),
      run: async () => ({ text: filler(1_000) }),
    }),
  ],
}

const script = {
  scope: 'message',
  turns: [{ tool_calls: [{ name: 'lookup', arguments: { q: filler(60) } }] }, { text: filler(1_000) }],
}

/** Body of `POST /v1/agents`: an agent that the simulator plays by this script. */
export const lookupAgent = {
  name: 'bench',
  system_prompt: `You look things up.\n\`\`\`llmsim\n${JSON.stringify(script)}\n\`\`\``,
  capabilities: [{ ref: lookup.id }],
}

/** Body of `POST …/messages`. */
export const question = (n: number) => ({
  message: { role: 'user', content: [{ type: 'text', text: `Question ${n}: ${filler(400)}` }] },
})
