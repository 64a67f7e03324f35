import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { Clock, Timer } from '../core/clock.js';
import { RetryableError } from '../core/errors.js';
import type { TaskTemplate } from '../core/template.js';
import { cutOff, SILENT_MS } from '../persistence/silence.js';
import type { LiveAttempt } from './live-attempt.js';
import { Turnstile } from './turnstile.js';

type Work<T> = (manager: EntityManager) => Promise<T>;

/**
 * Connections that steps hold by `transaction()`: of templates with a `performance.database_pool`, no more at once in this
 * process than it allows, whatever the version, and none is waited for longer than it says.
 */
export class StepConnections {
  private readonly turnstiles = new Map<string, Turnstile>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @throws RetryableError `TRANSACTION_TIMEOUT` where no connection was to be had in time; why the attempt was aborted */
  async transaction<T>(attempt: LiveAttempt, work: Work<T>): Promise<T> {
    const { template } = attempt.memory.entry;
    const { maxConnections: most = null, connectionTimeoutSeconds: seconds = null } =
      template.performance.databasePool ?? {};
    if (most === null && seconds === null) return this.run(this.dataSource.createQueryRunner(), attempt, work);
    const patience = new AbortController();
    const timer = seconds === null ? null : this.clock.setTimer(() => patience.abort(late(template)), seconds * 1000);
    const givenUp = AbortSignal.any([attempt.signal, patience.signal]);
    const turnstile = most === null ? null : this.turnstileOf(template);
    try {
      await turnstile?.enter(most!, givenUp);
      try {
        const runner = await this.connect(givenUp);
        timer?.close();
        return await this.run(runner, attempt, work);
      } finally {
        turnstile?.leave();
      }
    } finally {
      timer?.close();
    }
  }

  /**
   * Nothing of an attempt that has ended is committed any more. What hangs on for long after that, on a connection that has
   * died without a word, would keep it from others, and its locks: it is cut off.
   */
  private async run<T>(runner: QueryRunner, { signal }: LiveAttempt, work: Work<T>): Promise<T> {
    let timer: Timer | undefined;
    const cut = (): void => void runner.connect().then(cutOff, () => undefined);
    const ended = (): void => void (timer = this.clock.setTimer(cut, SILENT_MS));
    signal.addEventListener('abort', ended);
    if (signal.aborted) ended();
    try {
      return await runner.manager.transaction(work);
    } finally {
      signal.removeEventListener('abort', ended);
      timer?.close();
      await runner.release();
    }
  }

  private turnstileOf({ namespace, name }: TaskTemplate): Turnstile {
    const key = `${namespace}.${name}`;
    const known = this.turnstiles.get(key) ?? new Turnstile();
    this.turnstiles.set(key, known);
    return known;
  }

  private async connect(givenUp: AbortSignal): Promise<QueryRunner> {
    const runner = this.dataSource.createQueryRunner();
    const connected = runner.connect();
    let giveUp!: () => void;
    const abandoned = new Promise<never>((_resolve, reject) => {
      giveUp = () => reject(givenUp.reason as Error);
    });
    givenUp.addEventListener('abort', giveUp);
    try {
      givenUp.throwIfAborted();
      await Promise.race([connected, abandoned]);
      return runner;
    } catch (error) {
      // it may come yet, and goes back to the pool at once
      void connected.then(
        () => runner.release(),
        () => undefined,
      );
      throw error;
    } finally {
      givenUp.removeEventListener('abort', giveUp);
    }
  }
}

const late = ({ namespace, name, performance: { databasePool } }: TaskTemplate): RetryableError => {
  const { connectionTimeoutSeconds, maxConnections } = databasePool!;
  const allowed = maxConnections === null ? '' : `, of which its steps may hold ${maxConnections} at once`;
  return new RetryableError(
    `transaction() had no connection within ${connectionTimeoutSeconds} s (performance.database_pool of ${namespace}.${name})${allowed}.`,
    { errorCode: 'TRANSACTION_TIMEOUT', errorCategory: 'database' },
  );
};
