import { readFileSync } from 'node:fs';
import { CommandFailure } from './command-failure.js';

/**
 * The JSON that an option was given: as it is, `@FILE`, or `@-` for the standard input.
 *
 * @throws CommandFailure where it cannot be read, or is not JSON
 */
export function jsonOf(option: string, given: string): unknown {
  const file = given.startsWith('@') ? given.slice(1) : null;
  const text = file === null ? given : contentOf(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    const where = file === null ? option : file === '-' ? 'The standard input' : file;
    throw new CommandFailure(`${where} is not JSON: ${(error as Error).message}`);
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${(error as Error).message}`);
  }
}
