import { Inject, Injectable, Logger } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../../config/tasker-config.js';
import { LONGEST_TIMER_MS } from '../../core/clock.js';
import { Notifications } from '../../persistence/notifications.js';
import { CircuitStore, type Circuit } from '../../persistence/stores/circuit.store.js';
import { isTransient } from '../../persistence/transient.js';
import { HandlerTable } from '../handler-table.js';

/** So that not all workers ask in the same millisecond. */
const SPREAD_MS = 50;

/**
 * What this worker knows of the circuits that all workers share: a copy that is read anew when one of them says that it
 * has changed something, at every poll, and when a system may be tried again.
 */
@Injectable()
export class CircuitWatch {
  private readonly logger = new Logger('tasker.circuits');
  /** Of systems that have failed lately. */
  private circuits: ReadonlyMap<string, Circuit> = new Map();
  /** Systems whose circuit is not closed. */
  private open: ReadonlySet<string> = new Set();
  /** Those of them that may be tried, unless somebody does already. */
  private due = new Set<string>();
  private looking: Promise<void> | null = null;
  private again = false;
  private timer: NodeJS.Timeout | undefined;
  private polling: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;
  private stopped = true;

  constructor(
    private readonly store: CircuitStore,
    private readonly handlers: HandlerTable,
    private readonly notifications: Notifications,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  /** Called when steps may start that had to wait, or a system may be tried. */
  onChance: () => void = () => undefined;

  async start(): Promise<void> {
    this.stopped = false;
    this.unsubscribe = this.notifications.on('circuits', () => void this.look());
    this.polling = setInterval(() => void this.look(), this.config.worker.pollMs).unref();
    await this.look();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.unsubscribe?.();
    clearInterval(this.polling);
    clearTimeout(this.timer);
    await this.looking;
  }

  /** Those of the handlers whose steps need not wait for a circuit. */
  passable(handlerIds: readonly number[]): readonly number[] {
    return this.open.size === 0 ? handlerIds : handlerIds.filter((id) => this.systemInTheWay(id) === null);
  }

  /** The system whose circuit keeps the steps of a handler waiting; null for none. */
  systemInTheWay(handlerId: number): string | null {
    if (this.open.size === 0) return null;
    const system = this.handlers.circuits.get(handlerId);
    return system !== undefined && this.open.has(system) ? system : null;
  }

  /** Whether a system has failed since it last was known to be well, its circuit being closed. */
  isFailing(system: string): boolean {
    return this.circuits.get(system)?.state === 'closed';
  }

  get hasDue(): boolean {
    return this.due.size > 0;
  }

  /** A system that one step may try now, and the handlers of such steps; each is answered once for every look. */
  takeDue(): { system: string; handlerIds: number[] } | null {
    const [system] = this.due;
    if (system === undefined) return null;
    this.due.delete(system);
    const guarded = [...this.handlers.circuits].filter(([, of]) => of === system);
    return { system, handlerIds: guarded.map(([id]) => id) };
  }

  /** Reads what is so now, if any handler of this worker minds. Resolves once what was so at the call is known. */
  async look(): Promise<void> {
    this.again = true;
    while (this.again && !this.stopped) {
      this.looking ??= this.read().finally(() => (this.looking = null));
      await this.looking;
    }
  }

  private async read(): Promise<void> {
    this.again = false;
    if (this.handlers.circuits.size === 0) return;
    try {
      this.take(await this.store.list());
    } catch (error) {
      if (!isTransient(error)) this.logger.error('Cannot read circuits, the next poll tries again', error);
    }
  }

  private take(circuits: readonly Circuit[]): void {
    const ours = new Set(this.handlers.circuits.values());
    const before = this.open;
    const open = circuits.filter(({ state, system }) => state !== 'closed' && ours.has(system));
    this.circuits = new Map(circuits.map((circuit) => [circuit.system, circuit]));
    this.open = new Set(open.map(({ system }) => system));
    this.due = new Set(open.filter(({ dueInMs }) => dueInMs === 0).map(({ system }) => system));
    this.lookAgainIn(open.flatMap(({ dueInMs }) => (dueInMs ? [dueInMs] : [])));
    if (this.due.size > 0 || [...before].some((system) => !this.open.has(system))) this.onChance();
  }

  /** When the first system may be tried. */
  private lookAgainIn(delays: readonly number[]): void {
    clearTimeout(this.timer);
    if (delays.length === 0 || this.stopped) return;
    const ms = Math.min(Math.min(...delays) + 1 + Math.random() * SPREAD_MS, LONGEST_TIMER_MS);
    this.timer = setTimeout(() => void this.look(), ms).unref();
  }
}
