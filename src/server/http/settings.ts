// What the HTTP door is told by `start/`.

export interface HttpSettings {
  version: string
  authMode: 'none'
  /** Served beside the bare routes, e.g. `/api`; empty for none. */
  apiPrefix: string
  /** Where the UI is reached; its origin may always call. */
  publicAppUrl: string
  /** Origins that may call from a browser; `*` for all. */
  corsAllowedOrigins: readonly string[]
  /** Requests per minute and address; 0 = no limit. Loopback is never limited. */
  requestsPerMinute: number
  /** Hold every answer against its schema: tests and development. */
  checkOutput: boolean
  /** Connections open at once, over all addresses. */
  maxConnections: number
  streams: StreamSettings
}

export interface StreamSettings {
  heartbeatMs: number
  /** After this long, ±20 %, a stream is closed and opened again by its reader. */
  cycleMs: number
  /** The same for the admin's streams. */
  monitoringCycleMs: number
  maxStreams: number
  maxPerOrg: number
  maxPerSession: number
}
