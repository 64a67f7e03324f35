import { Logger } from '@nestjs/common';
import type { PoolClient } from 'pg';
import type { Database, ReservedConnection } from '../persistence/database.js';
import { answerWithin } from '../persistence/silence.js';
import { isStatementError } from '../persistence/transient.js';

const RECONNECT_MS = { first: 50, longest: 2_000 };

/** One connection of the hot path with one request in flight. It reconnects by itself for as long as it takes. */
export class Lane {
  private readonly logger = new Logger('tasker.worker');
  private connection: ReservedConnection | null = null;
  private outageSince: number | null = null;
  private failures = 0;
  busy = false;

  constructor(
    private readonly database: Database,
    private readonly onOutage: () => void,
  ) {}

  /**
   * Runs a request on the lane's connection.
   *
   * @returns null if the connection was lost, before or while it ran: it may have been carried out, or not
   * @throws what the server answered to the statement
   */
  async run<T>(request: (client: PoolClient) => Promise<T>): Promise<T | null> {
    try {
      this.connection ??= await this.database.reserve();
      const result = await answerWithin(request(this.connection.client));
      this.recovered();
      return result;
    } catch (error) {
      if (isStatementError(error)) throw error;
      await this.giveUp(error);
      return null;
    }
  }

  /** Waits longer after each failure in a row. */
  async pause(): Promise<void> {
    const wait = Math.min(RECONNECT_MS.first * 2 ** Math.min(this.failures++, 10), RECONNECT_MS.longest);
    await new Promise((resolve) => setTimeout(resolve, wait * (0.75 + Math.random() / 2)));
  }

  async close(): Promise<void> {
    await this.connection?.release();
    this.connection = null;
  }

  private async giveUp(error: unknown): Promise<void> {
    const lost = this.connection;
    this.connection = null;
    if (this.outageSince === null) {
      this.outageSince = performance.now();
      this.logger.warn(`Lost the database, trying again until it is back: ${(error as Error).message}`);
    }
    this.onOutage();
    await lost?.discard();
  }

  private recovered(): void {
    this.failures = 0;
    if (this.outageSince === null) return;
    this.logger.log(`The database is back after ${Math.round(performance.now() - this.outageSince)} ms`);
    this.outageSince = null;
  }
}
