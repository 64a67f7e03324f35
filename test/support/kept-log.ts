import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { LogOutput } from '../../src/logging/log-output.js';
import { TaskerLogger, type LoggerSettings } from '../../src/logging/tasker-logger.js';

export type KeptLine = Record<string, unknown> & { level: string; msg: string; component: string };

/** All that is logged, as TaskerLogger writes it, in a file. */
export class KeptLog {
  private readonly folder = mkdtempSync(join(tmpdir(), 'tasker-log-'));
  private readonly fd = openSync(join(this.folder, 'log'), 'a');
  readonly logger: TaskerLogger;

  constructor(settings: LoggerSettings = {}) {
    this.logger = new TaskerLogger({ format: 'json', ...settings, output: new LogOutput(this.fd) });
    this.listen();
  }

  /** Takes over from whichever logger Nest has. */
  listen(): void {
    Logger.overrideLogger(this.logger);
  }

  get text(): string {
    this.logger.flush();
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  get lines(): KeptLine[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as KeptLine);
  }

  /** The lines that say this. */
  saying(msg: string): KeptLine[] {
    return this.lines.filter((line) => line.msg.includes(msg));
  }

  close(): void {
    Logger.overrideLogger(false);
    this.logger.flush();
    closeSync(this.fd);
    rmSync(this.folder, { recursive: true });
  }
}
