import { logFormatFor, TaskerLogger } from '../index.js';
import type { Settings } from './settings.js';

/** Nest's own start-up lines tell an operator nothing. */
const OF_NEST = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** Where all of the server's lines go. */
export class ServerLogger extends TaskerLogger {
  constructor({ log: { level, format, masked_fields: maskedFields }, environment }: Settings) {
    super({ level, maskedFields, format: format ?? logFormatFor(environment) });
  }

  override log(message: unknown, ...more: unknown[]): void {
    if (!OF_NEST.has(String(more.at(-1)))) super.log(message, ...more);
  }

  /** What stops the start is said once, by whoever started the server. */
  override error(message: unknown, ...more: unknown[]): void {
    if (more.at(-1) !== 'ExceptionHandler') super.error(message, ...more);
  }
}
