// Lets the agent see which session it is in and name it.
import { z } from 'zod'
import { type Capability, tool } from '../contract/capability.ts'
import { toWire } from '../contract/ids.ts'

const config = z.object({
  auto_title: z.boolean().default(false).describe('The agent names the session by itself before it answers the first message.'),
})

const autoTitle = `While this session has no title, give it one before anything else in your first answer: 3 to 7 words that say what the user wants, in the user's language, without quotes or a full stop. Do not mention the title in your answer. Change it later only when the subject changes.`

export const session: Capability = {
  id: 'session',
  name: 'Session',
  description: "Reads the session's facts (title, locale, usage) and sets its title.",
  icon: 'message-square',
  category: 'Session',
  docsSlug: 'session',
  config,
  configUiSchema: { auto_title: { 'ui:title': 'Title automatically' } },
  prompt: (context) => (config.parse(context.config).auto_title ? autoTitle : null),
  tools: [
    tool({
      name: 'get_session_info',
      displayName: 'Session info',
      says: "Get this session's id, title, locale, agent and token usage so far.",
      effect: 'transactional',
      hints: { readonly: true },
      args: z.object({}),
      narrate: () => 'Looking at the session',
      run: async (_args, context) => {
        const { id, title, locale, agentName, usage } = await context.session.facts()
        return {
          id: toWire('session', id),
          title,
          locale,
          agent_name: agentName,
          usage: { ...usage, total_tokens: usage.input_tokens + usage.output_tokens },
        }
      },
    }),
    tool({
      name: 'write_session_title',
      displayName: 'Session title',
      says: "Set this session's title.",
      effect: 'transactional',
      hints: { idempotent: true },
      args: z.object({ title: z.string().trim().min(1).max(200).describe('The new title.') }),
      narrate: ({ title }) => `Naming the session “${title}”`,
      run: async ({ title }, context) => {
        const before = (await context.session.facts()).title
        if (before !== title) await context.session.setTitle(title)
        return { title, updated: before !== title, ...(before !== null && before !== title ? { previous_title: before } : {}) }
      },
    }),
  ],
}
