import { DataSource, type DataSourceOptions, type QueryRunner, type ReplicationMode } from 'typeorm';
import { answerWithin, cutOff, SilentConnectionError, SILENT_MS } from './silence.js';

/** How transactions begin and end. */
const BOUNDARY = /^(start transaction|commit|rollback)/i;

/**
 * A pool whose connections are given up when they do not answer: one that died without a word (a machine that is gone, a
 * firewall that has forgotten it) would keep whoever asks waiting for a quarter of an hour, or for ever. There is no such
 * limit between a transaction's begin and end: there an application's statements run, which take as long as they take.
 */
export class PatientDataSource extends DataSource {
  /** @param silentMs - how long a statement may take that is not within a transaction, in milliseconds */
  constructor(
    options: DataSourceOptions,
    private readonly silentMs = SILENT_MS,
  ) {
    super(options);
  }

  override createQueryRunner(mode?: ReplicationMode): QueryRunner {
    const runner = super.createQueryRunner(mode);
    const ask = runner.query.bind(runner) as (...question: unknown[]) => Promise<unknown>;
    const query = async (...question: unknown[]): Promise<unknown> => {
      if (runner.isTransactionActive && !BOUNDARY.test(String(question[0]))) return ask(...question);
      const client: unknown = await runner.connect();
      try {
        return await answerWithin(ask(...question), this.silentMs);
      } catch (error) {
        if (error instanceof SilentConnectionError) await cutOff(client);
        throw error;
      }
    };
    runner.query = query as QueryRunner['query'];
    return runner;
  }
}
