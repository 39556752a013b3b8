// A load balancer in its simplest form: a connection goes to the first of the addresses that takes it.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Balancer {
  address: string
  close(): Promise<void>
}

export async function startBalancer(addresses: readonly string[]): Promise<Balancer> {
  const open = new Set<Socket>()
  const server = createServer((near) => {
    open.add(near)
    near.on('error', () => {})
    near.on('close', () => open.delete(near))
    void reach(addresses).then((far) => (far ? join(near, far) : near.destroy()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A listening TCP server has an AddressInfo; a string is for pipes.
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${port}`,
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function reach(addresses: readonly string[]): Promise<Socket | null> {
  for (const address of addresses) {
    const [host, port] = address.split(':')
    const socket = connect(Number(port), host)
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    if (connected) return socket
  }
  return null
}

function join(near: Socket, far: Socket): void {
  far.on('error', () => {})
  near.on('close', () => far.destroy())
  far.on('close', () => near.destroy())
  near.pipe(far)
  far.pipe(near)
}
