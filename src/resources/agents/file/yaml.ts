// The part of YAML that agent files are written in: maps and lists by indentation or in brackets, quoted, plain and block scalars,
// comments. No anchors, tags or several documents. Every JSON text is one of these.
import type { Json } from '../../../contract/json.ts'
import { Balance, Flow, plain, unquoted, YamlError } from './yaml-flow.ts'

export { YamlError } from './yaml-flow.ts'

/** Throws YamlError, which names the line. */
export function parseYaml(text: string): Json {
  const reader = new Reader(text)
  const value = reader.block(0)
  const rest = reader.peek()
  if (rest) throw new YamlError(`line ${reader.line}: ${rest.text.slice(0, 40)} does not belong here`)
  return value
}

interface Line {
  indent: number
  text: string
}

const maxDepth = 32
// Every part of these patterns can match in one way only: a hostile file must not make them slow.
const entry = /^("(?:[^"\\]|\\.){0,200}"|'(?:[^']|''){0,200}'|(?:[^\s'"[\]{},#:-]|-[^\s:#])[^:#]*):(?:[ \t]+(.*))?$/
const isItem = (text: string): boolean => text === '-' || text.startsWith('- ')

class Reader {
  readonly #lines: string[]
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#lines = text.split(/\r?\n/)
  }

  get line(): number {
    return this.#at + 1
  }

  /** The next line that says something, or null at the end. */
  peek(): Line | null {
    for (; this.#at < this.#lines.length; this.#at++) {
      const raw = this.#lines[this.#at] ?? ''
      const text = raw.trim()
      if (text !== '' && !text.startsWith('#')) return { indent: indentOf(raw), text }
    }
    return null
  }

  /** The value that begins on the next line, if that is indented enough. */
  block(minIndent: number): Json {
    const line = this.peek()
    if (!line || line.indent < minIndent) return null
    if (++this.#depth > maxDepth) throw new YamlError(`line ${this.line}: too deep`)
    const value = isItem(line.text)
      ? this.#list(line.indent)
      : entry.test(line.text)
        ? this.#map(line.indent)
        : this.#loneScalar(line)
    this.#depth--
    return value
  }

  #list(indent: number): Json[] {
    const items: Json[] = []
    for (let line = this.peek(); line?.indent === indent && isItem(line.text); line = this.peek()) {
      const rest = line.text.slice(1)
      // What follows the dash is a block of its own, as if it stood alone on its line.
      this.#lines[this.#at] = `${' '.repeat(indent + 1)}${rest}`
      items.push(this.block(indent + 1))
    }
    return items
  }

  #map(indent: number): Json {
    const entries: [string, Json][] = []
    for (let line = this.peek(); line?.indent === indent && !isItem(line.text); line = this.peek()) {
      const [, key, value = ''] = entry.exec(line.text) ?? []
      if (key === undefined) throw new YamlError(`line ${this.line}: expected "key: value"`)
      entries.push([/^['"]/.test(key) ? unquoted(key) : key.trimEnd(), this.#value(value, indent)])
    }
    return Object.fromEntries(entries)
  }

  #value(text: string, indent: number): Json {
    if (/^[|>][+-]?\d?\s*(#.*)?$/.test(text)) return this.#blockScalar(text, indent)
    const bare = text.startsWith('#') ? '' : text
    if (bare !== '') return this.#scalar(bare)
    this.#at++
    const next = this.peek()
    // A list may stand as far left as its key.
    return next && isItem(next.text) && next.indent === indent ? this.block(indent) : this.block(indent + 1)
  }

  #loneScalar(line: Line): Json {
    return this.#scalar(line.text)
  }

  #scalar(text: string): Json {
    const start = this.line
    this.#at++
    if (!/^['"[{]/.test(text)) return plain(text.split(' #', 1)[0] ?? '')
    const lines = [text]
    const balance = new Balance()
    // Brackets and quotes may go on over several lines.
    for (balance.feed(text); !balance.isClosed && this.#at < this.#lines.length; this.#at++) {
      const next = this.#lines[this.#at] ?? ''
      lines.push(next)
      balance.feed(`\n${next}`)
    }
    return Flow.parse(lines.join('\n'), start)
  }

  #blockScalar(header: string, indent: number): string {
    this.#at++
    const taken: string[] = []
    for (; this.#at < this.#lines.length; this.#at++) {
      const raw = this.#lines[this.#at] ?? ''
      if (raw.trim() !== '' && indentOf(raw) <= indent) break
      taken.push(raw)
    }
    const margin = taken
      .filter((raw) => raw.trim() !== '')
      .reduce((least, raw) => Math.min(least, indentOf(raw)), Number.MAX_SAFE_INTEGER)
    const lines = taken.map((raw) => raw.slice(margin))
    const text = header.startsWith('|') ? lines.join('\n') : folded(lines)
    if (header.includes('+')) return `${text}\n`
    const trimmed = withoutLastBreaks(text)
    return header.includes('-') || trimmed === '' ? trimmed : `${trimmed}\n`
  }
}

/** Lines of a paragraph become one; an empty line is a break. */
const folded = (lines: string[]): string =>
  lines
    .join('\n')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll('\n', ' '))
    .join('\n')

const indentOf = (raw: string): number => raw.length - raw.trimStart().length

function withoutLastBreaks(text: string): string {
  let end = text.length
  while (text[end - 1] === '\n') end--
  return text.slice(0, end)
}
