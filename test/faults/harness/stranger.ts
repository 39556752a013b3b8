// Somebody else who takes every connection that PostgreSQL has to give.
import pg from 'pg'

const most = 500

export class Stranger {
  readonly #url: string
  #clients: pg.Client[] = []

  constructor(url: string) {
    this.#url = url
  }

  /** Takes what is free, then what others hold; resolves when there is nothing more to be had. Answers how many it has. */
  async takeAll(): Promise<number> {
    while (await this.#takeOne());
    const [first] = this.#clients
    for (let others = 1; first && others > 0; ) {
      const ended = await first.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where backend_type = 'client backend' and application_name <> 'stranger' and pid <> pg_backend_pid()`,
      )
      others = ended.rowCount ?? 0
      while (await this.#takeOne());
    }
    return this.#clients.length
  }

  async leave(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.end()))
  }

  async #takeOne(): Promise<boolean> {
    if (this.#clients.length >= most) throw new Error('PostgreSQL has more connections than anybody can take')
    const client = new pg.Client({ connectionString: this.#url, application_name: 'stranger' })
    client.on('error', () => {})
    const taken = await client.connect().then(
      () => true,
      () => false,
    )
    if (taken) this.#clients.push(client)
    return taken
  }
}
