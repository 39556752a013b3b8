import { expect, test } from 'vitest'
import { runTool } from './run-tool.ts'

test('a tool whose step was stopped before it began does not begin', async () => {
  let began = false
  const run = async () => {
    began = true
    return 'done'
  }
  const ran = await runTool({ signal: AbortSignal.abort(new Error('cancelled')), timeoutMs: 1_000, run })
  expect(ran).toMatchObject({ status: 'error', accident: new Error('cancelled') })
  expect(began).toBe(false)
})
