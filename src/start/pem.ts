// The certificates of the link between workers and control plane, read from the files that the settings name.
import { readFile } from 'node:fs/promises'
import type { Settings } from './settings.ts'

type TlsSettings = Pick<
  Settings,
  'WORKER_GRPC_TLS_CERT' | 'WORKER_GRPC_TLS_KEY' | 'WORKER_GRPC_TLS_CA_CERT' | 'WORKER_GRPC_TLS_DOMAIN'
>

async function pemOf(settings: TlsSettings, name: keyof TlsSettings): Promise<string | undefined> {
  const path = settings[name]
  if (!path) return undefined
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${name} (${path}) cannot be read (${error.code}).`)
  })
}

const all = async (settings: TlsSettings) => ({
  cert: await pemOf(settings, 'WORKER_GRPC_TLS_CERT'),
  key: await pemOf(settings, 'WORKER_GRPC_TLS_KEY'),
  ca: await pemOf(settings, 'WORKER_GRPC_TLS_CA_CERT'),
})

/** What the control plane shows, and (with an authority) demands; undefined without a certificate. */
export async function serverTls(settings: TlsSettings): Promise<{ cert: string; key: string; ca?: string } | undefined> {
  const { cert, key, ca } = await all(settings)
  return cert && key ? { cert, key, ca } : undefined
}

/** What a worker trusts, and (with a certificate) shows; undefined where nothing is set. */
export async function workerTls(
  settings: TlsSettings,
): Promise<{ ca?: string; cert?: string; key?: string; serverName?: string } | undefined> {
  const { cert, key, ca } = await all(settings)
  if (!cert && !ca) return undefined
  return { ca, cert, key, serverName: settings.WORKER_GRPC_TLS_DOMAIN ?? undefined }
}
