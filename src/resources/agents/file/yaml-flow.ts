// What stands on one line of YAML: scalars, quoted texts, and lists and maps in brackets.
import type { Json } from '../../../contract/json.ts'

export class YamlError extends Error {}

/** A scalar without quotes: null, a boolean, a number, else a text. */
export function plain(text: string): Json {
  const word = text.trim()
  if (word === '' || word === '~' || word === 'null') return null
  if (word === 'true' || word === 'false') return word === 'true'
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(word) ? Number(word) : word
}

/** The text inside quotes. Double ones have JSON's escapes, in single ones a quote is doubled. */
export function unquoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'")
  try {
    // JSON does not know a line break inside a text; here it is a space.
    return String(
      JSON.parse(
        text.includes('\n')
          ? text
              .split('\n')
              .map((line) => line.trim())
              .join(' ')
          : text,
      ),
    )
  } catch {
    throw new YamlError(`${text.slice(0, 40)} is not a quoted text`)
  }
}

/** Where the quoted text that begins at `start` is closed; -1 where it is not. */
function endOfQuoted(text: string, start: number): number {
  const quote = text[start]
  for (let at = start + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++
    else if (text[at] === quote && quote === "'" && text[at + 1] === quote) at++
    else if (text[at] === quote) return at
  }
  return -1
}

/** Whether every quote and bracket so far is closed. Fed line by line, so that a long text is looked at once. */
export class Balance {
  #depth = 0
  /** The quote we are inside of. */
  #quote = ''
  /** A quote opens a text only where a value can begin. */
  #valueMayBegin = true

  feed(text: string): void {
    for (let at = 0; at < text.length; at++) {
      const sign = text[at] ?? ''
      if (this.#quote) at += this.#inside(sign, text[at + 1])
      else this.#outside(sign)
    }
  }

  get isClosed(): boolean {
    return this.#quote === '' && this.#depth <= 0
  }

  /** How many signs to skip. */
  #inside(sign: string, next: string | undefined): number {
    if (sign === '\\' && this.#quote === '"') return 1
    if (sign !== this.#quote) return 0
    if (sign === "'" && next === "'") return 1
    this.#quote = ''
    return 0
  }

  #outside(sign: string): void {
    if (this.#valueMayBegin && (sign === '"' || sign === "'")) this.#quote = sign
    if (sign === '[' || sign === '{') this.#depth++
    if (sign === ']' || sign === '}') this.#depth--
    if (sign.trim() !== '') this.#valueMayBegin = '[{,:'.includes(sign)
  }
}

const maxDepth = 32

export class Flow {
  readonly #text: string
  readonly #line: number
  #at = 0

  private constructor(text: string, line: number) {
    this.#text = text
    this.#line = line
  }

  /** `line` is only for the error. */
  static parse(text: string, line: number): Json {
    const flow = new Flow(text, line)
    const value = flow.#value(0)
    flow.#space()
    const rest = text.slice(flow.#at)
    if (rest !== '' && !rest.startsWith('#')) flow.#fail(rest)
    return value
  }

  #value(depth: number): Json {
    if (depth > maxDepth) throw new YamlError(`line ${this.#line}: too deep`)
    this.#space()
    const first = this.#text[this.#at]
    if (first === '[') return this.#list(depth)
    if (first === '{') return this.#map(depth)
    return first === '"' || first === "'" ? this.#quoted() : plain(this.#until(/[,\]}\n]/))
  }

  #list(depth: number): Json[] {
    const items: Json[] = []
    this.#at++
    while (!this.#takes(']')) {
      items.push(this.#value(depth + 1))
      if (!this.#takes(',') && this.#text[this.#at] !== ']') this.#fail(this.#text.slice(this.#at))
    }
    return items
  }

  #map(depth: number): Json {
    const entries: [string, Json][] = []
    this.#at++
    while (!this.#takes('}')) {
      this.#space()
      const key = /['"]/.test(this.#text[this.#at] ?? '') ? this.#quoted() : this.#until(/[:,}\n]/).trim()
      if (!this.#takes(':')) this.#fail(this.#text.slice(this.#at))
      entries.push([key, this.#value(depth + 1)])
      if (!this.#takes(',') && this.#text[this.#at] !== '}') this.#fail(this.#text.slice(this.#at))
    }
    return Object.fromEntries(entries)
  }

  #quoted(): string {
    const end = endOfQuoted(this.#text, this.#at)
    if (end < 0) this.#fail(this.#text.slice(this.#at))
    const text = this.#text.slice(this.#at, end + 1)
    this.#at = end + 1
    return unquoted(text)
  }

  #until(stop: RegExp): string {
    const length = this.#text.slice(this.#at).search(stop)
    const text = length < 0 ? this.#text.slice(this.#at) : this.#text.slice(this.#at, this.#at + length)
    this.#at += text.length
    return text
  }

  #takes(sign: string): boolean {
    this.#space()
    if (this.#at >= this.#text.length) this.#fail('the end')
    const there = this.#text[this.#at] === sign
    if (there) this.#at++
    return there
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #fail(what: string): never {
    throw new YamlError(`line ${this.#line}: ${what.slice(0, 40)} does not belong here`)
  }
}
