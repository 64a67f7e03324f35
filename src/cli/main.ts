#!/usr/bin/env node
import { TaskerError } from '../index.js';
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
  .catch((error: unknown) => {
    const told = error instanceof CommandFailure || error instanceof TaskerError;
    const message = told ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${message}\n`);
    process.exitCode = EXIT_CODE.failed;
  });
