// Readers that open a stream and do nothing, by the hundred, each on a connection of its own: what they are answered, and all of them gone
// at once.
import { type ClientRequest, type IncomingMessage, request } from 'node:http'

const answerMs = 10_000

export interface Seated {
  streams: number
  refused: number
  /** Answers that were neither: another status, nothing said about when to come back, or no answer. */
  violations: string[]
}

export class Crowd {
  readonly seen: Seated = { streams: 0, refused: 0, violations: [] }
  readonly #requests: ClientRequest[] = []

  /** Opens so many more, a few at once. */
  async come(urls: readonly string[], together = 8): Promise<void> {
    for (let n = 0; n < urls.length; n += together) await Promise.all(urls.slice(n, n + together).map((url) => this.#open(url)))
  }

  leave(): void {
    for (const one of this.#requests.splice(0)) one.destroy()
  }

  #open(url: string): Promise<void> {
    return new Promise((resolve) => {
      const one = request(url, { agent: false, timeout: answerMs })
      one.on('timeout', () => one.destroy(new Error(`no answer within ${answerMs} ms`)))
      one.on('response', (response) => {
        one.setTimeout(0)
        this.#judge(one, response)
        resolve()
      })
      one.on('error', (error) => {
        // What breaks later is a stream that we or the server ended.
        if (one.listenerCount('response') > 0 && !this.#requests.includes(one)) this.seen.violations.push(String(error))
        resolve()
      })
      one.end()
    })
  }

  #judge(one: ClientRequest, response: IncomingMessage): void {
    response.on('error', () => {})
    response.resume()
    const { statusCode, headers } = response
    if (statusCode === 200) {
      this.seen.streams += 1
      this.#requests.push(one)
    } else if (statusCode === 503 && headers['retry-after']) this.seen.refused += 1
    else this.seen.violations.push(`a reader was answered ${statusCode}, retry-after ${headers['retry-after']}`)
  }
}
