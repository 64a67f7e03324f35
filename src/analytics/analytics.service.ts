import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type Clock } from '../core/clock.js';
import { maskedText } from '../core/masked-text.js';
import { AnalyticsStore, type ErrorPattern, type WindowReport } from '../persistence/stores/analytics.store.js';
import type { Grain } from '../persistence/stores/analytics-sql.js';
import { TemplateCatalog } from '../persistence/template-catalog.js';
import { readRequest, type AnalyticsRequest, type Question } from './analytics-request.js';
import { bottleneckReport } from './bottlenecks.js';
import { criticalSteps } from './critical-steps.js';
import { performanceReport } from './performance.js';
import type { BottleneckReport, PerformanceReport } from './reports.js';
import { RollUpSweep } from './roll-up-sweep.js';

const HOUR = 3_600;
/** Windows up to so many seconds have a series by the minute, and by the hour. */
const SERIES = { minutes: 3 * HOUR, hours: 8 * 24 * HOUR };
/** How many of the slowest tasks are looked at, and of how many steps in all. */
const SLOWEST = { tasks: 50, steps: 10_000 };
/** To count so many rows of the audit takes an answer a tenth of a second. */
const MANY_ROWS = 30_000;

/**
 * How tasks and steps have done over time: counted, never estimated, and up to this moment. Counts, sums, rates, least and
 * greatest are exact; percentiles are within 2 % of the value of their rank.
 */
@Injectable()
export class Analytics {
  constructor(
    private readonly store: AnalyticsStore,
    private readonly templates: TemplateCatalog,
    private readonly rollUps: RollUpSweep,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Throughput, rates, durations and waits: of everything, by template and step, and over time.
   *
   * @throws TaskerError `request_invalid`
   */
  async performance(request: AnalyticsRequest = {}): Promise<PerformanceReport> {
    const question = this.read(request);
    return performanceReport(await this.ask(question, 0), question.limit);
  }

  /**
   * What is slowest, fails most, is retried most and waits longest, what it fails with, and what the slowest tasks hang on.
   *
   * @throws TaskerError `request_invalid`
   */
  async bottlenecks(request: AnalyticsRequest = {}): Promise<BottleneckReport> {
    const question = this.read(request);
    const report = await this.ask(question, question.limit);
    const [messages, criticalPaths] = await Promise.all([
      this.messagesOf(report.errors),
      this.criticalPathsOf(report.slowestTasks),
    ]);
    return bottleneckReport(report, { messages, criticalPaths }, question.limit);
  }

  private read(request: AnalyticsRequest): Question {
    return readRequest(request, new Date(this.clock.now()));
  }

  private async ask(question: Question, errors: number): Promise<WindowReport> {
    const { from, to, windowSeconds } = question;
    const seconds = from ? ((to?.getTime() ?? this.clock.now()) - from.getTime()) / 1000 : windowSeconds;
    const interval: Grain = seconds <= SERIES.minutes ? 60 : seconds <= SERIES.hours ? 3_600 : 86_400;
    const report = await this.store.report({ ...question, interval, errors, slowest: SLOWEST.tasks });
    // the next one need not count all of that again
    if (report.unrolled > MANY_ROWS) void this.rollUps.hurry();
    return report;
  }

  /** What the last attempt of each pattern said, with secrets hidden; it stays with its task, and goes with it. */
  private async messagesOf(errors: readonly ErrorPattern[]): Promise<(string | null)[]> {
    const messages = await this.store.messages(errors.map(({ sample }) => sample));
    return Promise.all(
      messages.map(async (message, n) => {
        if (message === null) return null;
        const { template } = await this.templates.get(errors[n]!.sample.templateId);
        return maskedText(message, template.security.maskedFields);
      }),
    );
  }

  private async criticalPathsOf(taskIds: readonly string[]) {
    const lives = await this.store.lives(taskIds, SLOWEST.steps);
    const tasks = await Promise.all(
      lives.map(async (life) => ({ life, entry: await this.templates.get(life.templateId) })),
    );
    return { tasksAnalyzed: tasks.length, steps: criticalSteps(tasks) };
  }
}
