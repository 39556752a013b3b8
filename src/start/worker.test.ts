import { pino } from 'pino'
import { expect, test } from 'vitest'
import { ScriptedControlPlane } from '../../test/support/control-plane.ts'
import { readSettings } from './settings.ts'
import { startWorker } from './worker.ts'

const log = pino({ level: 'silent' })

/** What a worker process says of itself when it starts. */
async function helloOf(name: string) {
  const controlPlane = new ScriptedControlPlane()
  const { settings } = readSettings({ WORKER_ID: name })
  const worker = await startWorker({ settings, capabilities: [], controlPlane, log })
  const { hello } = await controlPlane.stream()
  await worker.stop()
  return hello
}

test('a worker that starts again under its name is another holder of leases', async () => {
  const [first, second] = [await helloOf('the same'), await helloOf('the same')]
  expect([first.name, second.name]).toEqual(['the same', 'the same'])
  expect(second.incarnation).not.toBe(first.incarnation)
})
