// Addresses as the settings write them: `host:port`.
import { isIP } from 'node:net'

/** Whether only programs on this machine can reach the address. */
export function isLoopback(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '')
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** What to say when an address could not be opened. */
export function cannotListen(setting: string, address: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error)
  // The gRPC library has no code, only Node's message inside its own.
  if (why.includes('EADDRINUSE'))
    return new Error(`${setting}: ${address} is in use by another process. Stop that one, or set ${setting}.`)
  return new Error(`${setting}: ${address} cannot be listened on (${why}).`)
}
