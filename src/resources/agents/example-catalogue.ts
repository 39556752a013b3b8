// Agents to start from (`POST /v1/agents/import?from-example=…`).
import type { CapabilityRegistry } from '../../contract/capability.ts'

interface AgentExample {
  name: string
  display_name: string
  description: string
  system_prompt: string
  capabilities: string[]
  tags: string[]
}

const catalogue: AgentExample[] = [
  {
    name: 'dad-jokes-agent',
    display_name: 'Dad jokes',
    description: 'One groaner per question.',
    system_prompt: 'You tell dad jokes. Short, clean, with a pun at the end. When asked for the time, work it into the joke.',
    capabilities: ['current_time'],
    tags: ['fun'],
  },
  {
    name: 'research-agent',
    display_name: 'Research',
    description: 'Looks things up, keeps notes, and says where every claim comes from.',
    system_prompt:
      'Write down the questions first. Answer each from sources you have read, keep notes in files, and name the source of every claim. Say so when you did not find out.',
    capabilities: ['stateless_todo_list', 'web_fetch', 'session_file_system'],
    tags: ['research'],
  },
  {
    name: 'note-taker',
    display_name: 'Note taker',
    description: 'Keeps a tidy notebook in the session’s files.',
    system_prompt:
      'Keep one Markdown file per topic. Before you write, look for a file that fits; after you have written, name the file and what changed in it.',
    capabilities: ['session_file_system', 'current_time'],
    tags: ['writing'],
  },
]

/** Those whose capabilities are all here. */
export const agentExample = (registry: CapabilityRegistry, wanted: string): AgentExample | undefined =>
  catalogue.find(({ name, capabilities }) => name === wanted && capabilities.every((ref) => registry.find(ref)))
