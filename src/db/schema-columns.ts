// The kinds of columns our tables have, as Kysely sees them: what is read, inserted, updated.
import type { ColumnType } from 'kysely'
import type { Json } from '../contract/json.ts'

/** Columns of type json come back parsed and are written as JSON text (contract/json.ts: toJsonText). */
export type JsonColumn = ColumnType<Json, string, string>
export type JsonOrNull = ColumnType<Json | null, string | null | undefined, string | null>
export type JsonDefaulted = ColumnType<Json, string | undefined, string>
/** Columns that may be left out of an insert because null is their default. */
export type OrNull<T> = ColumnType<T | null, T | null | undefined, T | null>
/** A time: Date in and out; ISO text is taken too. */
export type Time = ColumnType<Date, Date | string, Date | string>
export type TimeOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
export type TimeDefaulted = ColumnType<Date, Date | string | undefined, Date | string>
