// The one command, as a terminal, a service manager or a container runs it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const anyPorts = { HTTP_ADDR: '127.0.0.1:0', FRONT_ADDR: '127.0.0.1:0', SERVER_GRPC_BIND_ADDR: '127.0.0.1:0' }

test('npm start ends in good order, database included, when npm is told to', async () => {
  const home = await mkdtemp(join(tmpdir(), 'everruns-npm-start-'))
  await chmod(home, 0o755) // whoever runs PostgreSQL for root must get to it
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, ...anyPorts, EVERRUNS_HOME: home }
  const npm = spawn('npm', ['start'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  await new Promise<void>((resolve) => {
    npm.stdout.on('data', (text) => {
      said += text
      if (said.includes('ready http')) resolve()
    })
  })
  npm.kill('SIGTERM')
  // Not `exit`: npm is gone at once. The pipe is closed by the last process that has it.
  await once(npm, 'close')
  expect(said).toContain('Stopping.')
  await rm(home, { recursive: true })
}, 60_000)
