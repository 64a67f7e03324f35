import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Json, JsonObject } from '../core/json.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { ClaimedStep, TaskHeader } from '../persistence/stores/attempts.js';
import { TemplateCatalog, type CatalogEntry } from '../persistence/template-catalog.js';
import { Vault } from '../persistence/vault.js';
import { TaskTrace } from '../telemetry/task-trace.js';

/** What a worker knows of a task that it runs steps of: nothing that the database has not accepted. */
export class TaskMemory {
  bytes: number;
  /** What it holds of the task has changed since: the attempts that have it end with it. */
  outdated = false;
  /** Results as JSON by step number; a step that left none is there as `null`. */
  private readonly results = new Map<number, string>();
  /** The same as the database holds them, which may be encrypted, until somebody asks. */
  private readonly stored = new Map<number, string>();
  private opened: TaskHeader['context'] | undefined;
  private read: TaskTrace | undefined;

  constructor(
    readonly task: TaskHeader,
    readonly entry: CatalogEntry,
    private readonly vault: Vault,
  ) {
    this.bytes = 2_000 + JSON.stringify(task.context).length;
  }

  /** Frozen. @throws SealError where it cannot be decrypted here */
  get context(): TaskHeader['context'] {
    return (this.opened ??= deepFrozen(this.vault.openContext(this.entry, this.task.taskId, this.task.context)));
  }

  /** Made when first asked for: only processes that trace do. */
  get trace(): TaskTrace {
    const { taskId, correlationId, traceparent } = this.task;
    const { template } = this.entry;
    return (this.read ??= new TaskTrace({ taskId, correlationId, template }, traceparent));
  }

  /** As JSON; undefined where it is not known. @throws SealError where it cannot be decrypted here */
  result(stepNo: number): string | undefined {
    const stored = this.stored.get(stepNo);
    if (stored !== undefined) {
      this.results.set(stepNo, this.vault.openResult(this.entry, this.task.taskId, stepNo, stored));
      this.stored.delete(stepNo);
    }
    return this.results.get(stepNo);
  }

  knows(stepNo: number): boolean {
    return this.results.has(stepNo) || this.stored.has(stepNo);
  }

  knowsAncestorsOf(stepNo: number): boolean {
    return this.entry.ancestorsOf(stepNo).every((ancestor) => this.knows(ancestor));
  }

  /** What an operator gave a step in place of its template's inputs; frozen. @throws SealError where it cannot be decrypted here */
  inputs(stepNo: number, stored: Json): JsonObject | null {
    if (stored === null) return null;
    return deepFrozen(this.vault.openInputs(this.entry, this.task.taskId, stepNo, stored as JsonObject));
  }

  /** A step's result as the database is to hold it. @throws SealError where it cannot be encrypted here */
  sealed(stepNo: number, json: string): string {
    return this.vault.sealResult(this.entry, this.task.taskId, stepNo, json);
  }

  /** The payload of an event as the database is to hold it. @throws SealError where it cannot be encrypted here */
  sealedEvent(stepNo: number, json: string): string {
    return this.vault.sealEvent(this.entry, this.task.taskId, stepNo, json);
  }

  /** Keeps a result that this worker has settled. */
  remember(stepNo: number, json: string): void {
    this.results.set(stepNo, json);
    this.bytes += 50 + json.length;
  }

  /** Keeps a result as it was read. */
  recall(stepNo: number, stored: string): void {
    this.stored.set(stepNo, stored);
    this.bytes += 50 + stored.length;
  }
}

const MEMORY_BYTES = 64 * 1024 * 1024;

/**
 * Contexts and results of the tasks that this worker runs, so that a step that is handed off needs no reading.
 * Bounded by size, and by a template's `performance.caching.ttl` since it was last used: what was pushed out or is past
 * that, or was settled by another worker, is read.
 */
@Injectable()
export class TaskMemories {
  private readonly cache = new LRUCache<string, TaskMemory>({
    maxSize: MEMORY_BYTES,
    sizeCalculation: ({ bytes }) => bytes,
    updateAgeOnGet: true,
  });

  constructor(
    private readonly catalog: TemplateCatalog,
    private readonly attempts: AttemptStore,
    private readonly vault: Vault,
  ) {}

  /** The memory of the claim's task if all that the step needs is in it. */
  recall(claim: ClaimedStep): TaskMemory | null {
    const memory = this.cache.get(claim.taskId) ?? this.meet(claim);
    return memory?.knowsAncestorsOf(claim.stepNo) ? memory : null;
  }

  /** Reads what is not known: two reads for a batch. @returns the memories in the order of the claims */
  async load(claims: readonly ClaimedStep[]): Promise<TaskMemory[]> {
    const entries = await Promise.all(claims.map(async ({ templateId }) => this.catalog.get(templateId)));
    const found = new Map<string, TaskMemory>();
    const unknown = new Map<string, CatalogEntry>();
    claims.forEach((claim, index) => {
      const memory = this.cache.get(claim.taskId) ?? (claim.task && this.memory(claim.task, entries[index]!));
      if (memory) found.set(claim.taskId, memory);
      else unknown.set(claim.taskId, entries[index]!);
    });
    for (const header of await this.attempts.headers([...unknown.keys()])) {
      found.set(header.taskId, this.memory(header, unknown.get(header.taskId)!));
    }
    await this.loadResults(claims, found);
    return claims.map(({ taskId }) => this.keep(found.get(taskId)!));
  }

  /** Keeps an accepted result for the steps that follow. */
  remember(memory: TaskMemory, stepNo: number, json: string): void {
    memory.remember(stepNo, json);
    if (!memory.outdated) this.keep(memory);
  }

  /** Undefined where the task is not known. */
  traceOf(taskId: string): TaskTrace | undefined {
    return this.cache.peek(taskId)?.trace;
  }

  forget(taskId: string): void {
    const memory = this.cache.peek(taskId);
    if (memory) memory.outdated = true;
    this.cache.delete(taskId);
  }

  private meet(claim: ClaimedStep): TaskMemory | null {
    const entry = this.catalog.get(claim.templateId);
    return claim.task && !(entry instanceof Promise) ? this.keep(this.memory(claim.task, entry)) : null;
  }

  private async loadResults(claims: readonly ClaimedStep[], found: Map<string, TaskMemory>): Promise<void> {
    const wanted = new Map<string, { taskId: string; stepNo: number }>();
    for (const { taskId, stepNo } of claims) {
      const memory = found.get(taskId)!;
      for (const ancestor of memory.entry.ancestorsOf(stepNo)) {
        if (!memory.knows(ancestor)) wanted.set(`${taskId} ${ancestor}`, { taskId, stepNo: ancestor });
      }
    }
    for (const { taskId, stepNo, json } of await this.attempts.results([...wanted.values()])) {
      found.get(taskId)!.recall(stepNo, json);
    }
  }

  private memory(task: TaskHeader, entry: CatalogEntry): TaskMemory {
    return new TaskMemory(task, entry, this.vault);
  }

  private keep(memory: TaskMemory): TaskMemory {
    const { caching } = memory.entry.template.performance;
    const options = caching && { ttl: Math.max(1, Math.round(caching.ttlSeconds * 1000)) };
    this.cache.set(memory.task.taskId, memory, options ?? undefined);
    return memory;
  }
}

/** Handlers share what they are given: a change by one would be seen by some others, but never stored. */
function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(Object.freeze(value)).forEach(deepFrozen);
  return value;
}
