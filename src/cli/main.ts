#!/usr/bin/env node
import { CommandFailure } from './command-failure.js';
import { EXIT_CODE } from './exit-code.js';
import { taskerProgram } from './program.js';

// a reader that has enough, such as `head`, closes the pipe
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_CODE.done);
  throw error;
});

taskerProgram()
  .parseAsync()
  .catch(async (error: unknown) => {
    process.stderr.write(`${await explained(error)}\n`);
    process.exitCode = EXIT_CODE.failed;
  });

/** What was foreseen is said in its own words; the rest with its stack. */
async function explained(error: unknown): Promise<string> {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CommandFailure) return error.message;
  const { TaskerError } = await import('../index.js');
  return error instanceof TaskerError ? error.message : (error.stack ?? error.message);
}
