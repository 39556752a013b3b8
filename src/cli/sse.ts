// Reads server-sent events (WHATWG HTML §9.2.6): lines end in LF, CRLF or CR, wherever the chunks are cut.

export interface Frame {
  event: string
  /** Several `data:` lines are joined by line feeds. */
  data: string
  /** Empty where the frame has none. */
  id: string
}

/** The frames of a stream; comments and frames without data are skipped, an unfinished frame at the end is dropped. */
export async function* framesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let fields = new Map<string, string[]>()
  for await (const line of linesOf(chunks)) {
    if (line === '') {
      const data = fields.get('data')
      if (data) yield { event: last(fields, 'event') || 'message', data: data.join('\n'), id: last(fields, 'id') }
      fields = new Map()
      continue
    }
    const colon = line.indexOf(':')
    if (colon === 0) continue
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    fields.set(name, [...(fields.get(name) ?? []), value])
  }
}

const last = (fields: Map<string, string[]>, name: string): string => fields.get(name)?.at(-1) ?? ''

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  let endedInReturn = false
  for await (const chunk of chunks) {
    let text = decoder.decode(chunk, { stream: true })
    if (endedInReturn && text.startsWith('\n')) text = text.slice(1)
    else if (text === '') continue
    endedInReturn = text.endsWith('\r')
    const lines = (rest + text).split(/\r\n|\r|\n/)
    rest = lines.pop() ?? ''
    yield* lines
  }
}
