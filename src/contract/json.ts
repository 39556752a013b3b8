// JSON as a value, and the one place that makes any value fit to be stored.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

const unstorable = /\\u0000|\\u[dD][89abAB][0-9a-fA-F]{2}|\\u[dD][c-fC-F][0-9a-fA-F]{2}/

/**
 * JSON text that PostgreSQL will take: NUL becomes U+FFFD and so do lone surrogates (JSON.stringify leaves both as
 * escapes; a surrogate pair is never escaped, so every escaped surrogate is a lone one).
 */
export function toJsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null'
  return unstorable.test(text)
    ? text.replace(/(\\\\)|\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2}/g, (_, escapedSlash) => escapedSlash ?? '\ufffd')
    : text
}

/** The same rule for plain text columns. */
export const toStorableText = (text: string): string =>
  (text.isWellFormed() ? text : text.toWellFormed()).replaceAll('\0', '\ufffd')
