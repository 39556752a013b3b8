// A CPU profile of this process while it is measured, and of nothing else it does: for Chrome's developer tools.
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'

export type ProfilerMessage = { do: 'profile' } | { do: 'save profile'; file: string }

const session = new Session()

export function startProfile(): void {
  session.connect()
  session.post('Profiler.enable')
  session.post('Profiler.start')
}

export function saveProfile(file: string): void {
  session.post('Profiler.stop', (_error, result) => writeFileSync(file, JSON.stringify(result?.profile)))
  session.disconnect()
}
