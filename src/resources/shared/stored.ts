// What we stored as JSON, with the type it was stored under.
import type { Json } from '../../contract/json.ts'

// A json column only ever holds what one of our schemas let in, so the cast states that schema's type.
export const stored = <T>(value: Json | object): T => value as T

/** For the wire, where empty lists and maps are left out. */
export const unlessEmpty = <T extends object>(value: T): T | undefined => (Object.keys(value).length > 0 ? value : undefined)
