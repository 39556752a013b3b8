// Where a session's secret rests: bound to its ciphertext, so that a row cannot be moved.
import type { Uuid } from '../../contract/ids.ts'

export const secretPlace = (sessionId: Uuid, name: string): string => `session_secrets/${sessionId}/${name}`
