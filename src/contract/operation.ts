// An operation is a value: every transport (HTTP, MCP, the worker's Call, the CLI, OpenAPI) is read off the table of them.
import type { z } from 'zod'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Route = `${Method} /v1/${string}` | `${Method} /v1`

export interface OperationExample {
  /** Flat input, as MCP and the CLI give it. */
  input: Record<string, unknown>
}

export interface Operation<Ctx, I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** `verb_resource`: the operationId, the MCP builtin and the CLI verb. */
  name: string
  /** Absent for what only workers may ask. Path parameters in braces are keys of the input; `{path*}` takes the rest. */
  route?: Route
  /** Further routes of the same operation. */
  aliases?: Route[]
  tag: string
  summary: string
  /** `<resource>.view|manage|dangerous`, or 'public' (no credential). */
  needs: string
  /** A read runs in a read-only transaction and is offered to MCP `query`. */
  class: 'read' | 'write'
  /** Default 'http'. 'worker': only through Call, in the name of a held task. */
  audience?: 'http' | 'worker'
  /** Everything the caller gives, flat: path parameters, query parameters, body fields. */
  input: I
  /** Keys of the input that come from the query although the method has a body. Others come from the body (GET, DELETE: the query). */
  query?: string[]
  /** Keys of the input that come from a request header: input key → header name. Never required. */
  headers?: Record<string, string>
  /** `json` (default), `text` (the input key `text` is the body), `none`. */
  body?: 'json' | 'text' | 'none'
  output: O
  /** Success status; 200 unless said. 204 sends no body. An operation may answer another one with `answer`. */
  status?: 200 | 201 | 204
  /** Media type of the success answer; JSON unless said. */
  produces?: string
  /** How an input without required fields looks in documents. */
  example?: OperationExample
  /** True when the operation joins the engine's own transactions and must not be given one. */
  ownTransactions?: boolean
  run(ctx: Ctx, input: z.output<I>): Promise<z.input<O> | Answer<z.input<O>>>
}

/** An answer with its own status, media type or headers; plain values use the operation's. */
export class Answer<T> {
  readonly value: T
  readonly options: { status?: number; type?: string; headers?: Record<string, string> }
  constructor(value: T, options: { status?: number; type?: string; headers?: Record<string, string> }) {
    this.value = value
    this.options = options
  }
}
export const answer = <T>(value: T, options: Answer<T>['options']): Answer<T> => new Answer(value, options)

/** Types an operation against its context: `operation<Ctx>()({...})`. */
export const operation =
  <Ctx>() =>
  <I extends z.ZodType, O extends z.ZodType>(value: Operation<Ctx, I, O>): Operation<Ctx, I, O> =>
    value

/** The table's element type: input and output no longer known. */
// biome-ignore lint/suspicious/noExplicitAny: a table of differently typed operations has no narrower common type
export type AnyOperation<Ctx> = Operation<Ctx, any, any>
