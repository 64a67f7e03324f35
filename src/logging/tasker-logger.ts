import type { LoggerService } from '@nestjs/common';
import pino from 'pino';
import type { prettyFactory } from 'pino-pretty';
import { TaskerError } from '../core/errors.js';
import { readLogLevels, SEVERITIES, type LogLevels, type Severity } from '../core/log-levels.js';
import { currentLogIds } from './current-log-ids.js';
import { readLine } from './log-line.js';
import { LogOutput, type LogFormat } from './log-output.js';
import { Loggable } from './loggable.js';

/** Of the names of Tasker's own loggers; what follows is the component. */
const PREFIX = 'tasker.';
/** Of lines of a logger without a name. */
const NAMELESS = 'app';

export interface LoggerSettings {
  /** `info`, or with levels of components: `info,worker=debug,http=warn`. @default 'info' */
  level?: string;
  /** @default 'pretty' */
  format?: LogFormat;
  /** Names of fields, or parts of them, whose values are hidden besides the usual ones. @default none */
  maskedFields?: readonly string[];
  /** @default standard output */
  output?: LogOutput;
}

/**
 * Nest's logger as one line each: `time`, `level`, `msg`, `component`, the ids of what it was written for
 * (`correlation_id`, `trace_id`, `task_id`, …), what objects say as fields of their own, errors as `err`. Secrets are
 * masked. A Nest application takes it by `app.useLogger(app.get(TaskerLogger))`.
 */
export class TaskerLogger implements LoggerService {
  private readonly levels: LogLevels;
  private readonly loggable: Loggable;
  private opened: { pino: pino.Logger; output: LogOutput } | null = null;

  /** @throws TaskerError `configuration_invalid` naming every mistake of the level */
  constructor(private readonly settings: LoggerSettings = {}) {
    const { levels, problems } = readLogLevels(settings.level ?? 'info');
    if (problems.length > 0) {
      throw new TaskerError('configuration_invalid', `The log level is not valid: ${problems.join(' ')}`);
    }
    this.levels = levels;
    this.loggable = new Loggable(settings.maskedFields);
  }

  log(message: unknown, ...more: unknown[]): void {
    this.write('info', [message, ...more]);
  }

  error(message: unknown, ...more: unknown[]): void {
    this.write('error', [message, ...more]);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.write('warn', [message, ...more]);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.write('debug', [message, ...more]);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.write('trace', [message, ...more]);
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.write('fatal', [message, ...more]);
  }

  /** Whether a line of a component would be written. */
  isEnabled(severity: Severity, component: string): boolean {
    const least = this.levels.components.get(component) ?? this.levels.base;
    return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
  }

  /** Writes a text as it is, in order with the lines. */
  say(text: string): void {
    this.open().output.write(text);
  }

  /** Resolves when what was written until now is out, or nobody has taken it for a second. */
  async drained(): Promise<void> {
    await this.opened?.output.drained();
  }

  /** Writes what waits before it returns: for a process that ends at once. */
  flush(): void {
    this.opened?.output.flush();
  }

  private write(severity: Severity, args: readonly unknown[]): void {
    const component = componentOf(args);
    if (!this.isEnabled(severity, component)) return;
    const { msg, fields, err } = readLine(args, this.loggable);
    const { output, pino } = this.open();
    pino[severity]({ component, ...currentLogIds(), ...fields, ...(err && { err }) }, msg);
    const dropped = output.takeDropped();
    if (dropped > 0) pino.warn({ component: 'server', dropped }, `${dropped} log lines were dropped: nobody took them`);
  }

  /** Not before the first line: an application that does not use this logger has no output of its opened. */
  private open(): NonNullable<TaskerLogger['opened']> {
    if (this.opened) return this.opened;
    const { format = 'pretty', output = new LogOutput() } = this.settings;
    const options = {
      level: 'trace',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      // made already, and masked
      serializers: { err: (err: unknown) => err },
    };
    const show = format === 'pretty' ? prettyLines() : (line: string) => line;
    return (this.opened = { output, pino: pino(options, { write: (line) => output.write(show(line)) }) });
  }
}

function componentOf(args: readonly unknown[]): string {
  const last = args.at(-1);
  if (args.length < 2 || typeof last !== 'string' || last.includes('\n')) return NAMELESS;
  return last.startsWith(PREFIX) ? last.slice(PREFIX.length) : last;
}

function prettyLines(): (line: string) => string {
  // a process that writes JSON does not load it
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const pretty = require('pino-pretty') as { prettyFactory: typeof prettyFactory };
  return pretty.prettyFactory({
    colorize: Boolean(process.stdout.isTTY) && process.env.NO_COLOR === undefined,
    translateTime: 'SYS:HH:MM:ss.l',
    messageFormat: '[{component}] {msg}',
    ignore: 'pid,hostname,component',
    singleLine: true,
  });
}
