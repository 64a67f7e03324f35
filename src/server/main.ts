#!/usr/bin/env node
import { TaskerError } from '../index.js';
import { startServer } from './server.js';
import { loadSettings } from './settings.js';

/** `npm start`: says in one line that it is ready, or in one message why it cannot start. */
async function main(): Promise<void> {
  const server = await startServer(loadSettings());
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // whoever asks twice does not want to wait for the drain
      if (stopping) process.exit(1);
      stopping = true;
      server.stop().then(
        () => process.exit(0),
        (error: unknown) => fail('Tasker did not stop cleanly', error),
      );
    });
  }
  process.stdout.write(server.greeting);
}

function fail(what: string, error: unknown): never {
  const expected = error instanceof TaskerError || (error as { code?: unknown } | null)?.code === 'EADDRINUSE';
  const detail = error instanceof Error ? (expected ? error.message : error.stack) : String(error);
  process.stderr.write(`${what}: ${detail}\n`);
  process.exit(1);
}

main().catch((error: unknown) => fail('Tasker cannot start', error));
