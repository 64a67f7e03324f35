import type { WindowReport } from '../persistence/stores/analytics.store.js';
import type { BottleneckReport, Recommendation, StepName } from './reports.js';

/** Fewer than so many say nothing. */
const FEWEST = 10;
/** From this share on, of attempts that time out, of errors of one kind, of a critical path ... */
const TIMEOUTS = 0.05;
const PREVAILING = 0.5;
const CRITICAL = 0.5;
/** ... and up to this one, of retries that succeed. */
const HELPLESS = 0.2;
/** Steps that wait longer than they run, and longer than so many seconds at the 95th percentile. */
const WAIT = { perRun: 1, seconds: 1 };
const MOST = 10;

type Figures = Omit<BottleneckReport, 'recommendations'>;

/** What the figures suggest, each with those that it follows from; see docs/analytics.md for when. */
export function recommendationsOf(figures: Figures, report: WindowReport): Recommendation[] {
  return [
    ...figures.failingSteps
      .filter(({ timedOut, attempts }) => timedOut >= FEWEST && timedOut / attempts >= TIMEOUTS)
      .map(timeouts),
    ...figures.retriedSteps
      .filter(({ retries, retrySuccessRate }) => retries >= FEWEST && retrySuccessRate <= HELPLESS)
      .map(helpless),
    ...figures.longestWaits
      .filter(
        ({ wait, waitPerRun }) => wait.count >= FEWEST && wait.p95! >= WAIT.seconds && (waitPerRun ?? 0) >= WAIT.perRun,
      )
      .map(waits),
    ...figures.errors.list.filter(({ count, share }) => count >= FEWEST && share >= PREVAILING).map(prevails),
    ...figures.criticalPaths.steps.filter(({ tasks, share }) => tasks >= FEWEST && share >= CRITICAL).map(critical),
    ...(report.steps.workerLost > 0 ? [lost(report.steps.workerLost, report.steps.attempts)] : []),
  ].slice(0, MOST);
}

const of = ({ fullName, step }: StepName): string => `${fullName} ${step}`;
const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
const seconds = (value: number): string => `${Math.round(value * 1000) / 1000} s`;

const timeouts = (step: Figures['failingSteps'][number]): Recommendation => ({
  kind: 'attempts_time_out',
  subject: of(step),
  message: `${step.timedOut} of ${step.attempts} attempts (${percent(step.timedOut / step.attempts)}) ran out of time: give the step a longer timeout_seconds, or have it do less.`,
  figures: { timed_out: step.timedOut, attempts: step.attempts },
});

const helpless = (step: Figures['retriedSteps'][number]): Recommendation => ({
  kind: 'retries_rarely_help',
  subject: of(step),
  message: `${step.retriesSucceeded} of ${step.retries} retries (${percent(step.retrySuccessRate)}) succeeded: throw a PermanentError for what another attempt cannot mend, or wait longer between attempts.`,
  figures: { retries: step.retries, retries_succeeded: step.retriesSucceeded },
});

const waits = (step: Figures['longestWaits'][number]): Recommendation => ({
  kind: 'attempts_wait_long',
  subject: of(step),
  message: `For each second that it runs it waits ${seconds(step.waitPerRun!)}, and ${seconds(step.wait.p95!)} at the 95th percentile: add workers or slots, or raise the limits of its template.`,
  figures: { wait_p95_seconds: step.wait.p95!, wait_per_run: step.waitPerRun! },
});

const prevails = (pattern: Figures['errors']['list'][number]): Recommendation => ({
  kind: 'one_error_prevails',
  subject: pattern.errorCode ?? pattern.errorClass,
  message: `${pattern.count} errors (${percent(pattern.share)} of all) are ${[pattern.errorClass, pattern.errorCode].filter(Boolean).join(' ')}: begin with this one.`,
  figures: { count: pattern.count, share: pattern.share },
});

const critical = (step: Figures['criticalPaths']['steps'][number]): Recommendation => ({
  kind: 'critical_step',
  subject: of(step),
  message: `It is on the critical path of ${step.tasks} of the slowest tasks and takes ${percent(step.share)} of it: these get shorter only if it does.`,
  figures: { tasks: step.tasks, share: step.share },
});

const lost = (workerLost: number, attempts: number): Recommendation => ({
  kind: 'workers_are_lost',
  subject: null,
  message: `${workerLost} of ${attempts} attempts were lost with their worker: look for processes that are killed, or run out of memory.`,
  figures: { worker_lost: workerLost, attempts },
});
