// Addresses as the settings write them: `host:port`.
import { isIP } from 'node:net'

/** Whether only programs on this machine can reach the address. */
export function isLoopback(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '')
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** What to say when an address could not be opened. */
export function cannotListen(setting: string, address: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return new Error(`${setting}: ${address} is in use by another process. Stop that one, or set ${setting}.`)
  const why = error instanceof Error ? error.message : String(error)
  return new Error(`${setting}: ${address} cannot be listened on (${why}).`)
}
