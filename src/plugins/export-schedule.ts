import { Inject, Injectable, Logger } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { TaskerError, type Finding } from '../core/errors.js';
import { ExportService } from './export.service.js';

type ScheduledExport = TaskerConfig['exports'][number];

/** Makes the exports of the options over and over, each into its file, for as long as the application runs. */
@Injectable()
export class ExportSchedule {
  private readonly logger = new Logger('tasker.exports');
  private timers: NodeJS.Timeout[] = [];
  private readonly running = new Map<ScheduledExport, Promise<void>>();

  constructor(
    private readonly exports: ExportService,
    @Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'exports'>,
  ) {}

  /** The first is made at once. @throws TaskerError `configuration_invalid` for what could never be exported */
  start(): void {
    const findings: Finding[] = [];
    this.config.exports.forEach((scheduled, n) => {
      try {
        this.exports.check(scheduled);
      } catch (error) {
        findings.push({ path: `exports.${n}`, message: (error as Error).message });
      }
    });
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `  ${path}: ${message}`).join('\n');
      throw new TaskerError('configuration_invalid', `Scheduled exports are not valid:\n${list}`, findings);
    }
    this.timers = this.config.exports.map((scheduled) => {
      this.run(scheduled);
      return setInterval(() => this.run(scheduled), scheduled.everyMs).unref();
    });
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    await Promise.all(this.running.values());
  }

  /** One that takes longer than its interval is not made a second time meanwhile. */
  private run(scheduled: ScheduledExport): void {
    if (this.running.has(scheduled)) return;
    const { format, what, file } = scheduled;
    const running = this.exports
      .export(scheduled)
      .then(({ isComplete }) => {
        if (!isComplete)
          this.logger.warn(`There are more tasks than ${file} may hold: raise the limit of this export.`);
      })
      .catch((error: unknown) => this.logger.error(`Exporting ${what} as ${format} to ${file} failed`, error))
      .finally(() => this.running.delete(scheduled));
    this.running.set(scheduled, running);
  }
}
