import { Inject, Injectable, Logger } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { alertPayload, type AlertEventRow } from '../events/alert-events.js';
import { EventBus } from '../events/event-bus.js';
import { AlertStore } from '../persistence/stores/alert.store.js';
import type { AlertTurn, FoundAlert } from '../persistence/stores/alerts.js';
import { AlertFigures, type FigureRound } from './alert-figures.js';
import { MetricValues } from './metric-values.js';
import type { DeclaredAlert } from './declared-alert.js';

/** The next turn begins a little before the next look of the process that had this one: timers are not exact. */
const REST_SHARE = 0.9;
/** A turn is long enough for a query that takes as long as one may; then another process goes on. */
const TURN_MS = 10_000;
/** What was found is settled this often, while the rest is found out. */
const SETTLE_MS = 2_000;
/** Alerts that no process looks after for so long are not declared any more. */
const FORSAKEN_MS = 15 * 60_000;

/** How looking after alerts goes in this process. */
export interface EvaluationHealth {
  /** When a round last went well; null before the first. */
  lastRoundAt: Date | null;
  /** Why the last round did not; null where it did. */
  error: string | null;
}

/**
 * Looks after alerts: every few seconds whichever process comes first takes the turn of those that are due, finds out their
 * figures, and has the database move them on. What follows from that is told by this process alone, after the commit.
 * All that it knows of alerts is in the database: another process goes on where one has died.
 */
@Injectable()
export class AlertEvaluator {
  private readonly logger = new Logger('tasker.alerts');
  private alerts: readonly DeclaredAlert[] = [];
  private timer: NodeJS.Timeout | null = null;
  private round: Promise<void> | null = null;
  private lastRoundAt: Date | null = null;
  private error: string | null = null;
  /** Of alerts that could not be evaluated at the last look, by their ids: each is logged once. */
  private readonly problems = new Map<string, string>();
  private rounds = 0;
  private isStopped = false;

  constructor(
    private readonly store: AlertStore,
    private readonly figures: AlertFigures,
    private readonly metrics: MetricValues,
    private readonly bus: EventBus,
    @Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'alerts'>,
  ) {}

  get health(): EvaluationHealth {
    return { lastRoundAt: this.lastRoundAt, error: this.error };
  }

  /** Those that this process has declared. */
  get declared(): readonly DeclaredAlert[] {
    return this.alerts;
  }

  /** Begins to look after these, at once and then over and over. Where there are none, in the database neither, it rests. */
  async start(alerts: readonly DeclaredAlert[]): Promise<void> {
    this.alerts = alerts;
    this.metrics.watch(alerts);
    if (alerts.length === 0 && !(await this.store.any())) return;
    this.timer = setInterval(() => void this.evaluate(), this.config.alerts.everyMs).unref();
    void this.evaluate();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer ?? undefined);
    await this.round;
    await this.metrics.save();
  }

  /** Looks at once; resolves when it has. Never rejects: what goes wrong is logged, and the next round comes. */
  evaluate(): Promise<void> {
    this.round ??= this.look().finally(() => (this.round = null));
    return this.round;
  }

  private async look(): Promise<void> {
    if (this.isStopped) return;
    try {
      await this.metrics.save();
      await this.lookAfterOwn();
      await this.endForsaken();
      this.lastRoundAt = new Date();
      if (this.error !== null) this.logger.log('Alerts are evaluated again.');
      this.error = null;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (this.error === null) this.logger.warn(`Alerts cannot be evaluated, trying again: ${message}`);
      this.error = message;
    }
  }

  private async lookAfterOwn(): Promise<void> {
    if (this.alerts.length === 0) return;
    const restMs = Math.round(this.config.alerts.everyMs * REST_SHARE);
    const begunAt = performance.now();
    const turns = await this.store.take(this.alerts, Math.max(restMs, TURN_MS));
    const byId = new Map(this.alerts.map((alert) => [alert.id, alert]));
    const due = turns.map((turn) => ({ turn, alert: byId.get(turn.id)! }));
    const round = this.figures.round(due.map(({ alert }) => alert));
    let found: FoundAlert[] = [];
    let settledAt = begunAt;
    for (const [n, { turn, alert }] of this.inTurn(due).entries()) {
      found.push(await this.find(alert, turn, round));
      if (n < due.length - 1 && performance.now() - settledAt < SETTLE_MS) continue;
      settledAt = performance.now();
      await this.settle(found, Math.max(0, Math.round(restMs - (settledAt - begunAt))));
      found = [];
    }
  }

  /** Another one first each time: where queries take so long that a turn does not do for all, none comes last for ever. */
  private inTurn<T>(due: readonly T[]): T[] {
    const first = due.length === 0 ? 0 : this.rounds++ % due.length;
    return [...due.slice(first), ...due.slice(0, first)];
  }

  /** Never rejects: a query that fails keeps only those alerts from being decided that ask for it. */
  private async find(alert: DeclaredAlert, turn: AlertTurn, round: FigureRound): Promise<FoundAlert> {
    if (!alert.definition.enabled) return { ...turn, holds: null, over: null, figures: null, ended: 'disabled' };
    try {
      const { figures, labels } = await round.of(alert);
      this.problems.delete(alert.id);
      const known = Object.entries(figures).filter(([, value]) => value !== null);
      const facts = { ...labels, ...Object.fromEntries(known) };
      const holds = alert.condition.decide(facts);
      const over = alert.resolve ? alert.resolve.decide(facts) : holds === null ? null : !holds;
      return { ...turn, holds, over, figures };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (this.problems.get(alert.id) !== message) {
        this.logger.warn(`The alert "${alert.name}" cannot be evaluated, trying again: ${message}`);
      }
      this.problems.set(alert.id, message);
      return { ...turn, holds: null, over: null, figures: null, error: shown(error) };
    }
  }

  /** Alerts that no process declares any more are over, and forgotten. */
  private async endForsaken(): Promise<void> {
    const turns = await this.store.forsaken(FORSAKEN_MS, this.config.alerts.everyMs);
    if (turns.length === 0) return;
    const nothing = { holds: null, over: null, figures: null };
    await this.settle(
      turns.map((turn) => ({ ...turn, ...nothing, ended: 'removed' as const })),
      0,
    );
    await this.store.forget(turns);
  }

  private async settle(found: readonly FoundAlert[], restMs: number): Promise<void> {
    for (const row of await this.store.settle(found, restMs)) this.tell(row);
  }

  private tell(row: AlertEventRow): void {
    const { definition, figures } = row;
    const about = [definition.namespace, definition.template, definition.step]
      .filter((part) => part !== null)
      .join('.');
    const values = Object.entries(figures).map(([name, value]) => `${name} is ${value ?? 'not known'}`);
    const subject = `The alert "${definition.name}"${about === '' ? '' : ` of ${about}`}`;
    const isOver = row.name === 'alert.resolved';
    const what = isOver ? `is over: ${row.reason}` : `fires (${definition.severity}): ${definition.condition}`;
    this.logger[isOver ? 'log' : 'warn']([`${subject} ${what}`, ...values].join('; '));
    const payload = () => ({ ...alertPayload(row), timestamp: row.at.toISOString() });
    if (isOver) this.bus.publish('alert.resolved', payload as never, definition.notify);
    else this.bus.publish('alert.fired', payload, definition.notify);
  }
}

const QUERY_CANCELED = '57014';

/** What may be shown to anybody: messages of the database may speak of hosts and statements, its codes do not. */
function shown(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === QUERY_CANCELED) return 'Its figures took too long to find out.';
  return `Its figures cannot be found out${typeof code === 'string' ? `: ${code}` : ''}.`;
}
