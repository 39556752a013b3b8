// Four calculations whose results anybody can check: for trying out tool calls.
import { z } from 'zod'
import { type Capability, type Tool, ToolError, tool } from '../contract/capability.ts'

const numbers = z.object({ a: z.number().describe('First number.'), b: z.number().describe('Second number.') })

const calculation = (name: string, says: string, sign: string, calculate: (a: number, b: number) => number): Tool =>
  tool({
    name,
    says,
    effect: 'pure',
    hints: { readonly: true, idempotent: true },
    args: numbers,
    narrate: ({ a, b }) => `Calculating ${a} ${sign} ${b}`,
    run: async ({ a, b }) => {
      const result = calculate(a, b)
      if (!Number.isFinite(result)) throw new ToolError('The result is too large to be a number')
      return { operation: name, a, b, result }
    },
  })

function quotient(a: number, b: number): number {
  if (b === 0) throw new ToolError('Cannot divide by zero')
  return a / b
}

export const testMath: Capability = {
  id: 'test_math',
  name: 'Test Math',
  description: 'Adds, subtracts, multiplies and divides. For testing tool calls.',
  icon: 'calculator',
  category: 'Testing',
  docsSlug: 'test-math',
  tools: [
    calculation('add', 'Add two numbers.', '+', (a, b) => a + b),
    calculation('subtract', 'Subtract the second number from the first.', '−', (a, b) => a - b),
    calculation('multiply', 'Multiply two numbers.', '×', (a, b) => a * b),
    calculation('divide', 'Divide the first number by the second.', '÷', quotient),
  ],
}
