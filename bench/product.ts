// The product started by its own command: where memory is measured, nothing of the bench may be in it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Settings } from './children.ts'

export interface Product {
  pid: number
  grpcPort: number
  /** Resolves when it has ended. */
  stop(): Promise<void>
}

/** scripts/bench.mjs runs in the checkout, and dist/ is current. */
const root = process.cwd()

const started = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of started) child.kill('SIGTERM')
})

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

const readyWithinMs = 60_000

/** Starts `everruns server` or `everruns dev`; resolves when it serves. `build` comes first. */
export async function startProduct(command: 'server' | 'dev', settings: Settings): Promise<Product> {
  const [http, front, grpcPort] = [await freePort(), await freePort(), await freePort()]
  const doors = {
    HTTP_ADDR: `127.0.0.1:${http}`,
    FRONT_ADDR: `127.0.0.1:${front}`,
    SERVER_GRPC_BIND_ADDR: `127.0.0.1:${grpcPort}`,
  }
  const env = { ...process.env, LOG_LEVEL: 'warn', ...doors, ...settings }
  const child = spawn(process.execPath, ['bin/everruns.mjs', command], { cwd: root, env, stdio: ['ignore', 2, 2] })
  started.add(child)
  const ended = once(child, 'exit').then(() => started.delete(child))
  const until = performance.now() + readyWithinMs
  while (
    !(await fetch(`http://127.0.0.1:${http}/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (performance.now() > until || child.exitCode !== null) throw new Error(`everruns ${command} did not begin to serve`)
    await pause(50)
  }
  return {
    pid: child.pid ?? 0,
    grpcPort,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
