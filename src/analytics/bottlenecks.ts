import { fullName } from '../core/template.js';
import type { ErrorPattern, Place, PlaceFigures, WindowReport } from '../persistence/stores/analytics.store.js';
import { stepFigures, taskFigures } from '../persistence/stores/window-figures.js';
import { windowOf } from './performance.js';
import { recommendationsOf } from './recommendations.js';
import type { BottleneckReport, CriticalStep, ErrorPatternReport, StepName, TemplateName } from './reports.js';

/** What lies beside the figures of a window. */
export interface Findings {
  /** In the order of the report's patterns: null where the attempt has been deleted. */
  messages: readonly (string | null)[];
  criticalPaths: { tasksAnalyzed: number; steps: CriticalStep[] };
}

export function bottleneckReport(report: WindowReport, { messages, criticalPaths }: Findings, limit: number) {
  const steps = report.places.flatMap((place) =>
    place.step === null ? [] : [{ ...stepName(place, place.step), figures: stepFigures(place.totals) }],
  );
  const { attempts, retries, retriesSucceeded, retrySuccessRate, errorRate } = report.steps;
  const failures = failuresOf(report.steps);
  const top = <Row>(rows: Row[], weight: (row: Row) => number): Row[] =>
    rows
      .filter((row) => weight(row) > 0)
      .sort((a, b) => weight(b) - weight(a))
      .slice(0, limit);

  const bottlenecks: Omit<BottleneckReport, 'recommendations'> = {
    ...windowOf(report),
    totals: {
      tasks: report.tasks.completed + report.tasks.failed + report.tasks.cancelled,
      ...{ attempts, failures, errorRate, retries, retriesSucceeded, retrySuccessRate },
    },
    slowestSteps: top(
      steps.map(({ figures, ...name }) => ({
        ...name,
        attempts: figures.attempts,
        duration: figures.duration,
        shareOfTime: share(figures.duration.sum, report.steps.duration.sum),
      })),
      ({ duration }) => duration.p95 ?? 0,
    ),
    slowestTasks: top(report.places.flatMap(slowTasks), ({ duration }) => duration.p95 ?? 0),
    failingSteps: top(
      steps.map(({ figures, ...name }) => ({
        ...name,
        attempts: figures.attempts,
        failures: failuresOf(figures),
        timedOut: figures.timedOut,
        workerLost: figures.workerLost,
        errorRate: figures.errorRate ?? 0,
        failedSteps: figures.failedSteps,
      })),
      ({ failures: count }) => count,
    ),
    retriedSteps: top(
      steps.map(({ figures, ...name }) => ({
        ...name,
        retries: figures.retries,
        retriesSucceeded: figures.retriesSucceeded,
        retrySuccessRate: figures.retrySuccessRate ?? 0,
      })),
      ({ retries: count }) => count,
    ),
    longestWaits: top(
      steps.map(({ figures, ...name }) => ({
        ...name,
        wait: figures.wait,
        waitPerRun: figures.duration.sum > 0 ? figures.wait.sum / figures.duration.sum : null,
      })),
      ({ wait }) => wait.p95 ?? 0,
    ),
    errors: {
      total: report.errors[0]?.allErrors ?? 0,
      patterns: report.errors[0]?.patterns ?? 0,
      list: report.errors.map((pattern, n) => errorReport(pattern, messages[n] ?? null)),
    },
    criticalPaths: { ...criticalPaths, steps: criticalPaths.steps.slice(0, limit) },
  };
  return { ...bottlenecks, recommendations: recommendationsOf(bottlenecks, report) } satisfies BottleneckReport;
}

const templateName = ({ namespace, name, version }: Omit<Place, 'step'>): TemplateName => ({
  namespace,
  name,
  version,
  fullName: fullName({ namespace, name, version }),
});

const stepName = (place: Omit<Place, 'step'>, step: string): StepName => ({ ...templateName(place), step });

const slowTasks = (place: PlaceFigures) =>
  place.step === null
    ? [{ ...templateName(place), duration: taskFigures(place.totals).duration, slowestTaskId: place.slowestTask }]
    : [];

const failuresOf = (figures: { failed: number; timedOut: number; workerLost: number }): number =>
  figures.failed + figures.timedOut + figures.workerLost;

const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

function errorReport(pattern: ErrorPattern, message: string | null): ErrorPatternReport {
  const { errorClass, errorCode, errorCategory, count, firstSeenAt, lastSeenAt, sample } = pattern;
  return {
    ...{ errorClass, errorCode, errorCategory, count, firstSeenAt, lastSeenAt },
    share: share(count, pattern.allErrors),
    steps: pattern.places.map((place) => ({ ...templateName(place), step: place.step, count: place.count })),
    sample: { taskId: sample.taskId, step: sample.step, attempt: sample.attempt, message },
  };
}
