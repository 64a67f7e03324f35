import { Client } from 'pg';

/** A place for the tables of one test module. */
export interface TestDatabase {
  /** Its address, for connections of your own. */
  readonly url: string;
  /** Schema of Tasker's tables. */
  readonly schema: string;
  /** Removes what was made, and with it the connections that are still open. */
  drop(): Promise<void>;
}

/** Runs something on a connection of its own. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // a connection that breaks also says so as an event, which ends the process if nobody listens
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
