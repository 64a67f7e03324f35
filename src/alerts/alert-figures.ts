import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { FIGURES, type FigureName } from '../core/alerts/figures.js';
import { AlertStore, type Figures } from '../persistence/stores/alert.store.js';
import { AnalyticsStore } from '../persistence/stores/analytics.store.js';
import type { DeclaredAlert } from './declared-alert.js';
import { valueIn } from './window-figures.js';

/** What the conditions of an alert are asked over. */
export interface AlertFigureValues {
  /** By the names in its conditions; null for what has no value. */
  figures: Record<string, number | null>;
  /** Texts beside them. */
  labels: Record<string, string | null>;
}

/** Finds out the figures that alerts ask for. */
@Injectable()
export class AlertFigures {
  constructor(
    private readonly analytics: AnalyticsStore,
    private readonly store: AlertStore,
    @Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'environment'>,
  ) {}

  /** One look at everything: what several alerts ask for is found out once, and nothing that none asks for. */
  round(alerts: readonly DeclaredAlert[]): FigureRound {
    return new FigureRound(this.analytics, this.store, this.config.environment, wantedOf(alerts));
  }
}

interface Scope {
  namespace: string | null;
  template: string | null;
  step: string | null;
}

export class FigureRound {
  private readonly answers = new Map<string, Promise<unknown>>();

  /** @param wanted - names of figures that anybody asks for */
  constructor(
    private readonly analytics: AnalyticsStore,
    private readonly store: AlertStore,
    private readonly environment: string,
    private readonly wanted: readonly FigureName[],
  ) {}

  /** @throws Error what the database answers, of queries that this alert needs */
  async of(alert: DeclaredAlert): Promise<AlertFigureValues> {
    const { namespace, template, version, step } = alert.definition;
    const figures: Record<string, number | null> = {};
    for (const [name, named] of alert.names) {
      if (named.kind === 'figure') figures[name] = await this.value(alert, named.figure, named.step);
      if (named.kind === 'metric') figures[name] = await this.metric(alert, named.metric);
    }
    return { figures, labels: { namespace, template, version, step, environment: this.environment } };
  }

  private async value(alert: DeclaredAlert, figure: FigureName, step: string | null): Promise<number | null> {
    const { namespace, template, window_seconds: seconds } = alert.definition;
    const { subject } = FIGURES[figure];
    if (subject === 'system') return (await this.once(['system', seconds], () => this.store.system(seconds)))[figure]!;
    const scope = { namespace, template, step };
    if (subject === 'backlog') return (await this.backlog(scope))[figure] ?? null;
    const given = Object.entries({ namespace, name: template, step }).filter(([, value]) => value !== null);
    const window = await this.once(['window', scope, seconds], () =>
      this.store.timed((db) => this.analytics.figures(Object.fromEntries(given), seconds, db)),
    );
    return valueIn(window, figure);
  }

  /** A counter's sum; the mean of what was recorded of others. */
  private async metric(
    { namespace, template, definition, metrics }: DeclaredAlert,
    name: string,
  ): Promise<number | null> {
    const seconds = definition.window_seconds;
    const sums = await this.once(['metrics', namespace, template, seconds], () =>
      this.store.metrics(namespace!, template!, seconds),
    );
    const found = sums.find(({ metric }) => metric === name);
    if (metrics.get(name) === 'counter') return found?.sum ?? 0;
    return found ? found.sum / found.count : null;
  }

  private backlog(scope: Scope): Promise<Figures> {
    const wanted = this.wanted.filter((figure) => FIGURES[figure].subject === 'backlog');
    return this.once(['backlog', scope], () => this.store.backlog(scope, wanted));
  }

  private once<T>(question: unknown, ask: () => Promise<T>): Promise<T> {
    const key = JSON.stringify(question);
    const known = this.answers.get(key) as Promise<T> | undefined;
    const answer = known ?? ask();
    this.answers.set(key, answer);
    return answer;
  }
}

function wantedOf(alerts: readonly DeclaredAlert[]): FigureName[] {
  const named = alerts.flatMap(({ names }) => [...names.values()]);
  return [...new Set(named.flatMap((each) => (each.kind === 'figure' ? [each.figure] : [])))];
}
