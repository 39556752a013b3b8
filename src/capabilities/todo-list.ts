// A plan the model keeps for itself. Nothing is stored: every call replaces the whole list, and the conversation holds it.
import { z } from 'zod'
import { type Capability, tool } from '../contract/capability.ts'

const todo = z.object({
  content: z.string().min(1).describe('What is to be done, e.g. "Run the tests".'),
  activeForm: z.string().min(1).describe('The same while it is being done, e.g. "Running the tests".'),
  status: z.enum(['pending', 'in_progress', 'completed']),
})
type Todo = z.infer<typeof todo>

export const statelessTodoList: Capability = {
  id: 'stateless_todo_list',
  name: 'Task Management',
  description: 'Lets the agent plan work of several steps and show how far it is.',
  icon: 'list-checks',
  category: 'Core',
  docsSlug: 'stateless-todo-list',
  prompt: `Keep a task list for work of three or more steps; do without one for anything smaller.
- Exactly one task is in progress while you work. Start a task before you work on it; complete it as soon as it is really done.
- Each write replaces the whole list, so repeat the tasks you keep. Drop tasks that no longer matter, add those you discover.
- A task that is blocked or failed is not completed: leave it open and add what must happen first.`,
  tools: [
    tool({
      name: 'write_todos',
      displayName: 'Task list',
      says: 'Replace the task list with this one.',
      effect: 'pure',
      hints: { idempotent: true },
      args: z.object({ todos: z.array(todo).describe('The complete list, in order.') }),
      narrate: ({ todos }) => todos.find((one) => one.status === 'in_progress')?.activeForm ?? 'Updating the task list',
      run: async ({ todos }) => {
        const count = (status: Todo['status']) => todos.filter((one) => one.status === status).length
        const counts = { pending: count('pending'), in_progress: count('in_progress'), completed: count('completed') }
        const warning = warningFor(counts)
        return { success: true, total_tasks: todos.length, ...counts, todos, ...(warning ? { warning } : {}) }
      },
    }),
  ],
}

/** A finished or empty list needs no task in progress. */
function warningFor(counts: { pending: number; in_progress: number }): string | null {
  if (counts.in_progress > 1) return `${counts.in_progress} tasks are in progress; keep exactly one in progress.`
  if (counts.in_progress === 0 && counts.pending > 0)
    return 'No task is in progress; keep exactly one in progress while you work.'
  return null
}
