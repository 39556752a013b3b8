// Times on the wire: RFC 3339, UTC, milliseconds.
import { z } from 'zod'

export const timestamp = z.string().meta({ format: 'date-time' })

export const toWireTime = (time: Date): string => time.toISOString()

/** Left out on the wire where there is none. */
export const toWireTimeOrNone = (time: Date | null): string | undefined => time?.toISOString()
