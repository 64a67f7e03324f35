import { TaskerError } from '../index.js';
import { startServer } from './server.js';
import { loadSettings } from './settings.js';

/** Runs the server until a signal: one line says that it is ready, one message why it cannot start. */
export async function runServer(): Promise<void> {
  try {
    const server = await startServer(loadSettings());
    stopOnSignal(server.stop);
    process.stdout.write(server.greeting);
  } catch (error) {
    fail('Tasker cannot start', error);
  }
}

function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // whoever asks twice does not want to wait for the drain
      if (stopping) process.exit(1);
      stopping = true;
      stop().then(
        () => process.exit(0),
        (error: unknown) => fail('Tasker did not stop cleanly', error),
      );
    });
  }
}

function fail(what: string, error: unknown): never {
  const text = error instanceof TaskerError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${what}: ${text}\n`);
  process.exit(1);
}
