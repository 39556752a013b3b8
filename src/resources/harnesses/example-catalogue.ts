// Harnesses to start from. Adopting one copies it into the organisation, inheriting from `generic`.
import type { CapabilityRegistry } from '../../contract/capability.ts'

export interface HarnessExample {
  name: string
  display_name: string
  description: string
  system_prompt: string
  capabilities: string[]
  tags: string[]
  /** Only of use to whoever works on the product. */
  dev_only: boolean
}

const catalogue: HarnessExample[] = [
  {
    name: 'planner',
    display_name: 'Planner',
    description: 'Breaks work into steps, keeps the list current and the notes in files.',
    system_prompt:
      'Before you act, write the plan as a list of todos. Keep exactly one todo in progress, and mark it done when it is. Keep longer notes in files and name them in your answer.',
    capabilities: ['stateless_todo_list', 'session_file_system', 'current_time'],
    tags: ['planning'],
    dev_only: false,
  },
  {
    name: 'coding',
    display_name: 'Coding',
    description: 'Reads, writes and runs code in the session’s files.',
    system_prompt:
      'Look at the files before you change them. Make small edits, run what you wrote, and read the output before you say that it works.',
    capabilities: ['session_file_system', 'virtual_bash', 'stateless_todo_list'],
    tags: ['coding'],
    dev_only: false,
  },
  {
    name: 'data-analyst',
    display_name: 'Data analyst',
    description: 'Answers questions about data with SQL, checks the result, and shows it.',
    system_prompt:
      'Recall what is known about the data, inspect it, then query it. Check totals against a second query before you report them, and say which query gave which number.',
    capabilities: ['session_sql_database', 'stateless_todo_list'],
    tags: ['data'],
    dev_only: false,
  },
  {
    name: 'toolbox',
    display_name: 'Toolbox',
    description: 'Arithmetic and made-up weather: tools that need no key, to try tool calls with.',
    system_prompt: 'Answer with the tools you have rather than from memory.',
    capabilities: ['test_math', 'test_weather', 'current_time'],
    tags: ['testing'],
    dev_only: true,
  },
]

/** Those whose capabilities are all here. */
export const harnessExamples = (registry: CapabilityRegistry): HarnessExample[] =>
  catalogue.filter(({ capabilities }) => capabilities.every((ref) => registry.find(ref)))
