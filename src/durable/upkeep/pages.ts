// Work whose amount nobody knows, in pages: small transactions one after another, bounded by time and not by their number, so that
// a duty keeps up with whatever load the machine can bear. Between pages the connection is given back and others have their turn.

export interface PagesOptions {
  /** The interval of the duty. */
  everyMs: number
  /** The process is going: the page under way is the last. */
  stopping?: AbortSignal
  /** Milliseconds of a clock that never goes back; `performance.now` unless said. */
  clock?(): number
}

/** Of the interval: the rest belongs to others, also while a duty has more to do than it can. */
const share = 2 / 3

/** `page` answers whether it was full; what the time does not suffice for is left to the next run. */
export async function inPages(page: () => Promise<boolean>, options: PagesOptions): Promise<void> {
  const { everyMs, stopping, clock = () => performance.now() } = options
  const until = clock() + everyMs * share
  while (!stopping?.aborted && (await page())) if (clock() >= until) return
}
