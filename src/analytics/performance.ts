import { fullName } from '../core/template.js';
import type { PlaceFigures, SeriesRow, WindowReport } from '../persistence/stores/analytics.store.js';
import { NO_TOTALS, stepFigures, taskFigures } from '../persistence/stores/window-figures.js';
import type { ActiveCount, PerformanceReport, ReportWindow, SeriesPoint, TemplatePerformance } from './reports.js';

const MICROS = 1_000_000;

export function performanceReport(report: WindowReport, limit: number): PerformanceReport {
  const templates = templatesOf(report);
  const minutes = Math.max(1, (report.to.getTime() - report.from.getTime()) / 60_000);
  return {
    ...windowOf(report),
    activeTasks: report.active.reduce(sum, { pending: 0, inProgress: 0 }),
    throughput: {
      tasksPerMinute: report.tasks.completed / minutes,
      stepsPerMinute: report.steps.succeeded / minutes,
    },
    tasks: report.tasks,
    steps: report.steps,
    templates: templates.slice(0, limit),
    templateCount: templates.length,
    series: report.series.map(pointOf),
  };
}

export const windowOf = ({ from, to, interval }: WindowReport): ReportWindow => ({
  from,
  to,
  intervalSeconds: interval,
});

function templatesOf({ places, active }: WindowReport): TemplatePerformance[] {
  const byName = new Map<string, PlaceFigures[]>();
  for (const place of places) byName.set(fullName(place), [...(byName.get(fullName(place)) ?? []), place]);
  const counts = new Map(active.map((each) => [fullName(each), each]));
  const templates = [...byName].map(([name, of]) => {
    const { namespace, name: short, version } = of[0]!;
    const { pending = 0, inProgress = 0 } = counts.get(name) ?? {};
    return {
      ...{ namespace, name: short, version, fullName: name },
      activeTasks: { pending, inProgress },
      tasks: taskFigures(of.find(({ step }) => step === null)?.totals ?? NO_TOTALS),
      steps: of
        .filter(({ step }) => step !== null)
        .sort((a, b) => a.stepNo - b.stepNo)
        .map(({ step, totals }) => ({ name: step!, ...stepFigures(totals) })),
    };
  });
  const attempts = new Map(templates.map((each) => [each, each.steps.reduce((all, step) => all + step.attempts, 0)]));
  return templates.sort(
    (a, b) =>
      attempts.get(b)! - attempts.get(a)! || b.tasks.created - a.tasks.created || compare(a.fullName, b.fullName),
  );
}

const sum = (one: ActiveCount, other: ActiveCount): ActiveCount => ({
  pending: one.pending + other.pending,
  inProgress: one.inProgress + other.inProgress,
});

const pointOf = (row: SeriesRow): SeriesPoint => ({
  at: row.at,
  created: row.created,
  completed: row.completed,
  failed: row.failed,
  attemptsSucceeded: row.attempts_succeeded,
  attemptsFailed: row.attempts_failed,
  retries: row.retries,
  meanTaskSeconds: row.task_n ? row.task_sum! / row.task_n / MICROS : null,
  meanAttemptSeconds: row.step_n ? row.step_sum! / row.step_n / MICROS : null,
});

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
