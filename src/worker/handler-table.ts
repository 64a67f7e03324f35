import { Injectable, Logger } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import { HandlerPreparation } from '../orchestration/handler-preparation.js';
import { ThreadPool } from '../orchestration/threads/thread-pool.js';
import { CircuitStore } from '../persistence/stores/circuit.store.js';
import { TemplateStore, type HandlerRow } from '../persistence/stores/template.store.js';
import { WorkerStore } from '../persistence/stores/worker.store.js';
import type { RegisteredStepHandler } from '../registry/registered-step-handler.js';
import { StepHandlerRegistry } from '../registry/step-handler.registry.js';

/** Name under which the database knows the steps that a request bypasses. */
const BYPASS = 'tasker.bypass';

/** The handlers that this worker can run, by the numbers that the database has for the names in templates. */
@Injectable()
export class HandlerTable {
  private readonly logger = new Logger('tasker.worker');
  private runnable: ReadonlyMap<number, RegisteredStepHandler> = new Map();
  private bypassId = 0;
  private refreshing: Promise<void> = Promise.resolve();
  private stopListening: (() => void) | undefined;
  /** What this worker can run in its own thread. */
  ids: readonly number[] = [];
  /** What it can run in other threads, of which only so many are claimed as can begin. */
  isolatedIds: readonly number[] = [];
  /** The systems whose circuits keep steps waiting, by the handlers of these steps. */
  circuits: ReadonlyMap<number, string> = new Map();
  private readonly declared = new Map<number, string | null>();
  /** The worker whose handlers these are, and which of them it said that it claims. */
  private claimant: { workerId: number; claimed: readonly number[] } | null = null;

  constructor(
    private readonly templates: TemplateStore,
    private readonly registry: StepHandlerRegistry,
    private readonly preparation: HandlerPreparation,
    private readonly threads: ThreadPool,
    private readonly breakers: CircuitStore,
    private readonly workers: WorkerStore,
  ) {}

  /** All whose steps are claimed here. */
  get claimed(): readonly number[] {
    return [...this.ids, ...this.isolatedIds];
  }

  /** From now on the database is told when this worker claims the steps of others. */
  claimAs(workerId: number, claimed: readonly number[]): void {
    this.claimant = { workerId, claimed };
  }

  /** How many steps in other threads could begin at once. */
  get isolatedRoom(): number {
    return this.isolatedIds.length > 0 ? this.threads.free : 0;
  }

  /** Called when this worker can run something else than before. */
  onChange: () => void = () => undefined;
  /** Called when another step can begin in a thread. */
  onRoom: () => void = () => undefined;

  /**
   * Has all handlers set up, and from then on those that are registered later.
   *
   * @throws TaskerError `handler_invalid` naming each that cannot be set up
   */
  async open(): Promise<void> {
    const findings = await this.preparation.prepare(this.registry.list());
    if (findings.length > 0) {
      await this.preparation.cleanUp();
      const list = findings.map(({ path, message }) => `  ${path}: ${message}`).join('\n');
      throw new TaskerError('handler_invalid', `Step handlers cannot start:\n${list}`, findings);
    }
    this.threads.onFree = () => this.onRoom();
    this.stopListening = this.registry.onChange(() => {
      this.refresh().then(
        () => this.onChange(),
        (error: unknown) => this.report(error),
      );
    });
    await this.refresh();
  }

  /** Nothing is claimed any more: the handlers may clean up. */
  async close(): Promise<void> {
    this.stopListening?.();
    this.threads.onFree = () => undefined;
    await this.refreshing.catch(() => undefined);
    await this.preparation.cleanUp();
  }

  /** Reads the numbers anew: another process may have brought templates that use our handlers. */
  refresh(): Promise<void> {
    this.refreshing = this.refreshing.catch(() => undefined).then(() => this.read());
    return this.refreshing;
  }

  isBypass(id: number): boolean {
    return id === this.bypassId;
  }

  /** Undefined for one that was unregistered, or cannot run, since its steps were claimed. */
  get(id: number): RegisteredStepHandler | undefined {
    return this.runnable.get(id);
  }

  private async read(): Promise<void> {
    const rows = await this.templates.handlers();
    const findings = await this.preparation.prepare(this.registry.list());
    const [ids, isolatedIds]: [number[], number[]] = [[], []];
    const circuits = new Map<number, string>();
    const runnable = new Map<number, RegisteredStepHandler>();
    for (const { id, name, dependentSystem, breaker } of rows) {
      if (name === BYPASS) ids.push((this.bypassId = id));
      const registered = this.registry.find(name);
      if (!registered || !this.preparation.isReady(registered)) continue;
      runnable.set(id, registered);
      (registered.isolation === 'thread' ? isolatedIds : ids).push(id);
      const system = dependentSystem || registered.dependentSystem;
      if (system && breaker && registered.handler.circuitBreaker === true) circuits.set(id, system);
    }
    this.runnable = runnable;
    this.ids = ids;
    this.isolatedIds = isolatedIds;
    this.circuits = circuits;
    // once it is true: nothing is claimed for them any more
    for (const { path, message } of findings)
      this.logger.error(`A step handler that was registered later does not run: ${path}: ${message}`);
    await this.declare(rows);
  }

  /** Says in the database which circuits our steps wait for (once, for another release may say otherwise), and what is claimed. */
  private async declare(rows: readonly HandlerRow[]): Promise<void> {
    const news = rows.flatMap(({ id, circuit }) => {
      if (!this.runnable.has(id)) return [];
      const ours = this.circuits.get(id) ?? null;
      if (this.declared.get(id) === ours) return [];
      this.declared.set(id, ours);
      return ours === circuit ? [] : [{ id, circuit: ours }];
    });
    await this.breakers.guard(news);
    const { claimant, claimed } = this;
    if (!claimant || String(claimant.claimed) === String(claimed)) return;
    await this.workers.declareHandlers(claimant.workerId, claimed);
    claimant.claimed = claimed;
  }

  private report(error: unknown): void {
    this.logger.warn(`Cannot read what is to be run, trying again: ${String(error)}`);
  }
}
