// The part of YAML that agent files are written in: maps and lists by indentation or in brackets, quoted, plain and block scalars,
// comments. No anchors, tags or several documents. Every JSON text is one of these.
import type { Json } from '../../../contract/json.ts'
import { Flow, plain, unquoted, YamlError } from './yaml-flow.ts'

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
const entry = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s'"[\]{},#:-][^:#]*?|-[^\s:][^:#]*?)\s*:(?:\s+(.*))?$/
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
      if (text !== '' && !text.startsWith('#')) return { indent: raw.length - raw.trimStart().length, text }
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
      entries.push([/^['"]/.test(key) ? unquoted(key) : key, this.#value(value, indent)])
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
    if (!/^['"[{]/.test(text)) return plain(text.replace(/\s+#.*$/, ''))
    let whole = text
    // Brackets and quotes may go on over several lines.
    while (!Flow.isComplete(whole) && this.#at < this.#lines.length) whole += `\n${this.#lines[this.#at++]}`
    return Flow.parse(whole, start)
  }

  #blockScalar(header: string, indent: number): string {
    this.#at++
    const taken: string[] = []
    for (; this.#at < this.#lines.length; this.#at++) {
      const raw = this.#lines[this.#at] ?? ''
      if (raw.trim() !== '' && raw.length - raw.trimStart().length <= indent) break
      taken.push(raw)
    }
    const margin = Math.min(...taken.filter((raw) => raw.trim() !== '').map((raw) => raw.length - raw.trimStart().length))
    const lines = taken.map((raw) => raw.slice(Number.isFinite(margin) ? margin : 0))
    const text = header.startsWith('|') ? lines.join('\n') : folded(lines)
    if (header.includes('+')) return `${text}\n`
    const trimmed = text.replace(/\n+$/, '')
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
