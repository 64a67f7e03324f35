import pg from 'pg';

/** One connection to look into a peer's own tables. */
export class Store {
  #client;

  /** @param {string} url */
  constructor(url) {
    this.#client = new pg.Client({ connectionString: url });
  }

  open = () => this.#client.connect();
  close = () => this.#client.end();

  /** The first column of the first row, as a number. @param {string} text @returns {Promise<number>} */
  async count(text) {
    const { rows } = await this.#client.query({ text, rowMode: 'array' });
    return Number(rows[0][0]);
  }

  /**
   * What differs from what was expected.
   *
   * @param {Record<string, { sql: string, is: number }>} expected - by what is counted
   */
  async differences(expected) {
    const wrong = [];
    for (const [name, { sql, is }] of Object.entries(expected)) {
      const found = await this.count(sql);
      if (found !== is) wrong.push(`${name}: ${found}, not ${is}`);
    }
    return wrong;
  }
}
