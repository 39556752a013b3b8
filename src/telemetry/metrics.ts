// A small registry of metrics in the text format of Prometheus (exposition format 0.0.4). Label values that come from outside
// cannot make it grow without end: a metric has at most 500 series, whatever is beyond counts as `other`.

type Labels = Readonly<Record<string, string>>

/** What one metric shows: lines without its head. */
interface Metric {
  name: string
  help: string
  type: 'counter' | 'gauge' | 'histogram'
  lines(): string[]
}

const seriesMax = 500
const other = 'other'

/** 5 ms … 60 s. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

const escaped = (value: string): string => value.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`))

/** `{a="1",b="2"}`, or nothing without labels. */
function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}

/** The values of one metric by their labels. */
class Series<T> {
  readonly #byLabels = new Map<string, { labels: Labels; value: T }>()

  /** The value for the labels, made anew where there is none. */
  at(labels: Labels, fresh: () => T): { labels: Labels; value: T } {
    // A metric's labels have the same names in the same order every time.
    const key = Object.values(labels).join('\0')
    const known = this.#byLabels.get(key)
    if (known) return known
    if (this.#byLabels.size >= seriesMax && Object.values(labels).some((value) => value !== other))
      return this.at(Object.fromEntries(Object.keys(labels).map((name) => [name, other])), fresh)
    const made = { labels, value: fresh() }
    this.#byLabels.set(key, made)
    return made
  }

  all(): { labels: Labels; value: T }[] {
    return [...this.#byLabels.values()]
  }
}

export interface Counter {
  add(labels: Labels, by?: number): void
}
export interface Gauge {
  set(labels: Labels, value: number): void
}
export interface Histogram {
  observe(labels: Labels, seconds: number): void
}

export class Metrics {
  readonly #metrics: Metric[] = []

  counter(name: string, help: string): Counter {
    const series = this.#numbers(name, help, 'counter')
    return {
      add(labels, by = 1) {
        series.at(labels, () => 0).value += by
      },
    }
  }

  /** `counter`: a total that somebody else keeps. */
  gauge(name: string, help: string, type: 'gauge' | 'counter' = 'gauge'): Gauge {
    const series = this.#numbers(name, help, type)
    return {
      set(labels, value) {
        series.at(labels, () => 0).value = value
      },
    }
  }

  /** Of seconds unless other bounds are given. */
  histogram(name: string, help: string, bounds: readonly number[] = buckets): Histogram {
    const series = new Series<{ counts: number[]; sum: number; count: number }>()
    const lines = () =>
      series
        .all()
        .flatMap(({ labels, value: { counts, sum, count } }) => [
          ...bounds.map((bound, n) => `${name}_bucket${labelText({ ...labels, le: String(bound) })} ${counts[n]}`),
          `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${count}`,
          `${name}_sum${labelText(labels)} ${sum}`,
          `${name}_count${labelText(labels)} ${count}`,
        ])
    this.#metrics.push({ name, help, type: 'histogram', lines })
    return {
      observe(labels, observed) {
        const { value } = series.at(labels, () => ({ counts: bounds.map(() => 0), sum: 0, count: 0 }))
        value.sum += observed
        value.count += 1
        for (let n = bounds.length - 1; n >= 0 && observed <= (bounds[n] ?? 0); n -= 1)
          value.counts[n] = (value.counts[n] ?? 0) + 1
      },
    }
  }

  /** Everything, as a scrape shows it. */
  text(): string {
    const blocks = this.#metrics.flatMap(({ name, help, type, lines }) => {
      const values = lines()
      return values.length > 0 ? [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values] : []
    })
    return `${blocks.join('\n')}\n`
  }

  #numbers(name: string, help: string, type: 'counter' | 'gauge'): Series<number> {
    const series = new Series<number>()
    const lines = () => series.all().map(({ labels, value }) => `${name}${labelText(labels)} ${value}`)
    this.#metrics.push({ name, help, type, lines })
    return series
  }
}
