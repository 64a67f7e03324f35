import { Logger } from '@nestjs/common';
import { RetryableError } from '../../core/errors.js';
import type { RegisteredStepHandler } from '../../registry/registered-step-handler.js';
import type { AttemptContext } from '../attempt-context.js';
import { PreparedResult } from '../step-result.js';
import { reviveThrown } from './revive-thrown.js';
import type { FromThread, ThreadLine } from './thread-messages.js';
import type { ThreadPool, ThreadRun } from './thread-pool.js';

/** A handler that is told to stop has this long before its thread is ended. */
const GRACE_MS = 1_000;

/** Stands for a handler whose steps run in threads: what it needs of this thread is done for it here. */
export class ThreadHandler {
  private readonly logger = new Logger('tasker.threads');

  constructor(
    private readonly registered: RegisteredStepHandler,
    private readonly threads: ThreadPool,
  ) {}

  async process(context: AttemptContext): Promise<PreparedResult> {
    const { task, step, config, signal } = context;
    const { names } = context.sequence;
    const facts = { task, step, config, names, results: context.ancestorResults() };
    const run = this.threads.run(this.registered, facts);
    const stop = stopWith(signal, run);
    try {
      return await Promise.race([this.outcome(context, run), run.lost]);
    } finally {
      stop.cancel();
      run.port.close();
    }
  }

  private outcome(context: AttemptContext, { port }: ThreadRun): Promise<PreparedResult> {
    return new Promise((resolve, reject) => {
      port.on('message', (message: FromThread) => {
        try {
          switch (message.kind) {
            case 'log':
              return write(context, message);
            case 'publish':
              return context.publish(message.event, message.payload as object | undefined);
            case 'measure':
              return context.metrics.record(message.name, message.value, message.labels);
            case 'heartbeat':
              return void context.heartbeat().then(
                () => port.postMessage({ id: message.id }),
                (error: unknown) => port.postMessage({ id: message.id, error: plain(error) }),
              );
            case 'done':
              return resolve(new PreparedResult(message.json));
            case 'failed':
              // what a handler throws may be anything
              // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
              return reject(reviveThrown(message.thrown));
            case 'changed':
              return reject(this.changed());
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** A file was replaced while the process runs: a thread that started since has loaded the new one. */
  private changed(): RetryableError {
    const { name, handler } = this.registered;
    const message =
      `The class ${handler.constructor.name} of the step handler "${name}" has changed on disk since this process ` +
      `started: its threads cannot run it. Restart the process.`;
    this.logger.error(message);
    return new RetryableError(message, { errorCode: 'THREAD_CONTENT_CHANGED', errorCategory: 'infrastructure' });
  }
}

/** Tells the thread when the attempt is to stop, and ends the thread if it does not. */
function stopWith(signal: AbortSignal, run: ThreadRun): { cancel(): void } {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    run.port.postMessage({ kind: 'abort', reason: plain(signal.reason) });
    timer = setTimeout(() => run.kill(), GRACE_MS);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    cancel: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

function write({ logger }: AttemptContext, { level, message, isNamed }: ThreadLine): void {
  const [first, ...rest] = message;
  (isNamed ? Logger : logger)[level]?.(first, ...rest);
}

const plain = (error: unknown): { name: string; message: string; errorCode?: string } => {
  const { name, message, errorCode } = error as Error & { errorCode?: string };
  return { name, message, ...(errorCode !== undefined && { errorCode }) };
};
