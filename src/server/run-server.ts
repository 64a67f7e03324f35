import { TaskerError } from '../index.js';
import { ServerLogger } from './server-logger.js';
import { startServer } from './server.js';
import { loadSettings } from './settings.js';

/** Runs the server until a signal: one line says that it is ready, one message why it cannot start. */
export async function runServer(): Promise<void> {
  let logger: ServerLogger | undefined;
  try {
    const settings = loadSettings();
    logger = new ServerLogger(settings);
    sayLastWords(logger);
    const server = await startServer(settings, logger);
    stopOnSignal(server.stop, logger);
    logger.say(server.greeting);
  } catch (error) {
    fail('Tasker cannot start', error, logger);
  }
}

/** What nobody has caught ends the process, as without this; but its line, and those before it, are written. */
function sayLastWords(logger: ServerLogger): void {
  process.on('uncaughtException', (error: unknown) => {
    logger.fatal('The process ends: nobody has caught an error', error, 'tasker.server');
    logger.flush();
    process.exit(1);
  });
}

function stopOnSignal(stop: () => Promise<void>, logger: ServerLogger): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // whoever asks twice does not want to wait for the drain
      if (stopping) end(logger, 1);
      stopping = true;
      stop().then(
        () => void logger.drained().then(() => process.exit(0)),
        (error: unknown) => fail('Tasker did not stop cleanly', error, logger),
      );
    });
  }
}

function end(logger: ServerLogger | undefined, code: number): never {
  logger?.flush();
  process.exit(code);
}

function fail(what: string, error: unknown, logger: ServerLogger | undefined): never {
  const text = error instanceof TaskerError ? error.message : error instanceof Error ? error.stack : String(error);
  logger?.flush();
  process.stderr.write(`${what}: ${text}\n`);
  end(logger, 1);
}
