// Named places where a test may kill, stop or delay this process. Inert unless start/ arms them from FAILPOINTS.

type Action = { do: 'kill' | 'stop' | 'error' } | { do: 'sleep'; ms: number }
interface Armed {
  action: Action
  /** Acts on the n-th passage; every passage when null. */
  at: number | null
  /** Acts on this share of passages (0 to 1). */
  share: number
  passed: number
}

let armed: Map<string, Armed> | null = null

/** `name=kill@3; other=sleep(50)%10; third=error`: kill | stop | error | sleep(ms), `@n` the n-th passage, `%p` percent of them. */
export function armFailpoints(spec: string): void {
  const points = spec.split(';').flatMap((text) => (text.trim() ? [parse(text.trim())] : []))
  armed = new Map(points)
}

function parse(text: string): [string, Armed] {
  const [, name, action, ms, at, percent] = /^([\w.-]+)=(kill|stop|error|sleep\((\d+)\))(?:@(\d+))?(?:%(\d+))?$/.exec(text) ?? []
  if (!name || !action) throw new Error(`FAILPOINTS: "${text}" is not name=kill|stop|error|sleep(ms) with @n or %p behind it.`)
  // The expression above lets only these words through.
  const what = ms === undefined ? { do: action as 'kill' | 'stop' | 'error' } : { do: 'sleep' as const, ms: Number(ms) }
  return [
    name,
    {
      action: what,
      at: at === undefined ? null : Number(at),
      share: percent === undefined ? 1 : Number(percent) / 100,
      passed: 0,
    },
  ]
}

/** Passes the named place. Await the answer where there is one: only `sleep` gives one. */
export const failpoint = (name: string): Promise<void> | undefined => (armed ? pass(armed.get(name)) : undefined)

function pass(point: Armed | undefined): Promise<void> | undefined {
  if (!point) return undefined
  point.passed += 1
  if ((point.at !== null && point.passed !== point.at) || Math.random() >= point.share) return undefined
  if (point.action.do === 'sleep') {
    const { ms } = point.action
    return new Promise((resolve) => setTimeout(resolve, ms))
  }
  if (point.action.do === 'error') throw new Error('failpoint')
  process.kill(process.pid, point.action.do === 'kill' ? 'SIGKILL' : 'SIGSTOP')
  return undefined
}
