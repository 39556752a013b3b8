// How many streams may be open at once: in this process, per organisation, per session.
import type { Uuid } from '../../contract/ids.ts'
import { Problem } from '../../contract/problem.ts'
import type { StreamSettings } from '../http/settings.ts'

interface Place {
  /** None for streams that belong to no session. */
  sessionId?: Uuid
  orgId: Uuid
}

export class StreamLimits {
  private readonly settings: StreamSettings
  private readonly byOrg = new Map<Uuid, number>()
  private readonly bySession = new Map<Uuid, number>()
  private total = 0

  constructor(settings: StreamSettings) {
    this.settings = settings
  }

  /** Takes a place and gives back how to leave it (once). Problem `rate_limited` where there is none. */
  enter({ sessionId, orgId }: Place): () => void {
    const { maxStreams, maxPerOrg, maxPerSession } = this.settings
    refuseOver(this.total, maxStreams, 'this server')
    refuseOver(this.byOrg.get(orgId) ?? 0, maxPerOrg, 'this organization')
    if (sessionId) refuseOver(this.bySession.get(sessionId) ?? 0, maxPerSession, 'this session')
    this.add({ sessionId, orgId }, 1)
    return () => this.add({ sessionId, orgId }, -1)
  }

  private add({ sessionId, orgId }: Place, change: 1 | -1): void {
    this.total += change
    count(this.byOrg, orgId, change)
    if (sessionId) count(this.bySession, sessionId, change)
  }
}

function refuseOver(open: number, limit: number, where: string): void {
  if (open >= limit) throw new Problem('rate_limited', `Too many open streams for ${where}`, { retryAfterSeconds: 5 })
}

function count(counts: Map<Uuid, number>, key: Uuid, change: 1 | -1): void {
  const next = (counts.get(key) ?? 0) + change
  if (next > 0) counts.set(key, next)
  else counts.delete(key)
}
