import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { ClaimedStep, TaskHeader } from '../persistence/stores/attempts.js';
import { TemplateCatalog, type CatalogEntry } from '../persistence/template-catalog.js';

/** What a worker knows of a task that it runs steps of: nothing that the database has not accepted. */
export class TaskMemory {
  /** Results as JSON by step number; a step that left none is there as `null`. */
  readonly results = new Map<number, string>();
  bytes: number;

  constructor(
    readonly task: TaskHeader,
    readonly entry: CatalogEntry,
  ) {
    this.bytes = 2_000 + JSON.stringify(task.context).length;
    deepFreeze(task.context);
  }

  knowsAncestorsOf(stepNo: number): boolean {
    return this.entry.ancestorsOf(stepNo).every((ancestor) => this.results.has(ancestor));
  }
}

const MEMORY_BYTES = 64 * 1024 * 1024;

/**
 * Contexts and results of the tasks that this worker runs, so that a step that is handed off needs no reading.
 * Bounded by size: what was pushed out, or settled by another worker, is read.
 */
@Injectable()
export class TaskMemories {
  private readonly cache = new LRUCache<string, TaskMemory>({
    maxSize: MEMORY_BYTES,
    sizeCalculation: ({ bytes }) => bytes,
  });

  constructor(
    private readonly catalog: TemplateCatalog,
    private readonly attempts: AttemptStore,
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
      const memory = this.cache.get(claim.taskId) ?? (claim.task && new TaskMemory(claim.task, entries[index]!));
      if (memory) found.set(claim.taskId, memory);
      else unknown.set(claim.taskId, entries[index]!);
    });
    for (const header of await this.attempts.headers([...unknown.keys()])) {
      found.set(header.taskId, new TaskMemory(header, unknown.get(header.taskId)!));
    }
    await this.loadResults(claims, found);
    return claims.map(({ taskId }) => this.keep(found.get(taskId)!));
  }

  /** Keeps an accepted result for the steps that follow. */
  remember(memory: TaskMemory, stepNo: number, json: string): void {
    memory.results.set(stepNo, json);
    memory.bytes += 50 + json.length;
    this.keep(memory);
  }

  forget(taskId: string): void {
    this.cache.delete(taskId);
  }

  private meet(claim: ClaimedStep): TaskMemory | null {
    const entry = this.catalog.get(claim.templateId);
    return claim.task && !(entry instanceof Promise) ? this.keep(new TaskMemory(claim.task, entry)) : null;
  }

  private async loadResults(claims: readonly ClaimedStep[], found: Map<string, TaskMemory>): Promise<void> {
    const wanted = new Map<string, { taskId: string; stepNo: number }>();
    for (const { taskId, stepNo } of claims) {
      const memory = found.get(taskId)!;
      for (const ancestor of memory.entry.ancestorsOf(stepNo)) {
        if (!memory.results.has(ancestor)) wanted.set(`${taskId} ${ancestor}`, { taskId, stepNo: ancestor });
      }
    }
    for (const { taskId, stepNo, json } of await this.attempts.results([...wanted.values()])) {
      const memory = found.get(taskId)!;
      memory.results.set(stepNo, json);
      memory.bytes += 50 + json.length;
    }
  }

  private keep(memory: TaskMemory): TaskMemory {
    this.cache.set(memory.task.taskId, memory);
    return memory;
  }
}

/** Handlers share what they are given: a change by one would be seen by some others, but never stored. */
function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(deepFreeze);
}
