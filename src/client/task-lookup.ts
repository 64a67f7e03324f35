import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG } from '../config/tasker-config.js';
import type { Finding } from '../core/errors.js';
import { isUuid, stepNoOf } from '../core/identity.js';
import { didYouMean } from '../core/suggest.js';
import { AuditLog } from '../events/audit-log.js';
import type { Queryable } from '../persistence/database.js';
import { TaskReader } from '../persistence/stores/task.reader.js';
import type { TaskSnapshot, TransitionRow } from '../persistence/stores/task-snapshot.js';
import { TemplateCatalog, type CatalogEntry } from '../persistence/template-catalog.js';
import { Vault } from '../persistence/vault.js';
import { attemptHistory } from './attempt-history.js';
import { dependencyAnalysis } from './dependency-view.js';
import { diagramOf, type Diagram } from './diagram.js';
import { Standing, type SignsOfLife } from './explanation/standing.js';
import { readFilter, writeCursor, type ListFilter } from './list-filter.js';
import { invalid, stepNotFound, taskIdOf, taskNotFound } from './refusals.js';
import { stepView, taskView } from './task-view.js';
import { transitionViews } from './transition-view.js';
import { unsealed, unsealedTask } from './unsealed.js';
import type { StepView, TaskView, TransitionView } from './views.js';

export const TASK_PARTS = ['steps', 'attempts', 'dependencies', 'transitions'] as const;
/** What to answer with a task; attempts come with their steps. */
export type TaskPart = (typeof TASK_PARTS)[number];

export interface TaskPage {
  tasks: TaskView[];
  /** Given to the next call as `cursor`; null on the last page. */
  nextCursor: string | null;
}

export interface StepOptions {
  include?: readonly 'attempts'[];
}

/** Where a step is found. */
export interface StepPlace {
  taskId: string;
  stepNo: number;
  entry: CatalogEntry;
}

/** Answers questions about tasks, their steps and their history. */
@Injectable()
export class TaskLookup {
  constructor(
    private readonly reader: TaskReader,
    private readonly catalog: TemplateCatalog,
    private readonly vault: Vault,
    private readonly audit: AuditLog,
    @Inject(TASKER_CONFIG) private readonly config: { worker: SignsOfLife },
  ) {}

  /** @throws TaskerError `task_not_found`, `request_invalid` for an unknown part */
  async getTask(id: string, include: readonly TaskPart[] = []): Promise<TaskView> {
    const taskId = taskIdOf(id);
    checkParts(include, TASK_PARTS);
    return (await this.getTasks([taskId], include)).get(taskId) ?? notFound(id);
  }

  /** Tasks by id; those that do not exist are missing. */
  async getTasks(
    taskIds: readonly string[],
    include: readonly TaskPart[] = [],
    db?: Queryable,
  ): Promise<Map<string, TaskView>> {
    const attempts = include.includes('attempts');
    const transitions = include.includes('transitions');
    const steps = attempts || include.includes('steps');
    const dependencies = include.includes('dependencies');
    const parts = { steps: steps || dependencies, transitions: attempts || transitions || dependencies };
    const snapshots = await this.reader.snapshots(taskIds, parts, db);
    const views = new Map<string, TaskView>();
    for (const [taskId, read] of snapshots) {
      const entry = await this.catalog.get(read.task.templateId);
      this.audit.read(entry.template, 'task', taskId);
      const snapshot = unsealed(this.vault, entry, read);
      const view = taskView(entry, snapshot.task);
      views.set(taskId, view);
      if (steps) view.steps = this.stepViews(entry, snapshot, attempts);
      if (dependencies) view.dependencyAnalysis = dependencyAnalysis(entry, snapshot);
      if (transitions) view.transitions = transitionViews(entry, snapshot.transitions);
    }
    return views;
  }

  /** @throws TaskerError `request_invalid` with everything that is wrong with the filter */
  async listTasks(filter: ListFilter = {}): Promise<TaskPage> {
    const { filter: asked, limit } = readFilter(filter);
    const rows = await this.reader.page(asked, limit + 1);
    const page = rows.slice(0, limit);
    const entries = await Promise.all(page.map(async ({ templateId }) => this.catalog.get(templateId)));
    page.forEach(({ id }, n) => this.audit.read(entries[n]!.template, 'task', id));
    return {
      tasks: page.map((row, n) => taskView(entries[n]!, unsealedTask(this.vault, entries[n]!, row))),
      nextCursor: rows.length > limit ? writeCursor(asked.sort, page[limit - 1]!) : null,
    };
  }

  /** All steps, in the template's order. @throws TaskerError `task_not_found` */
  async getSteps(taskId: string, { include = [] }: StepOptions = {}): Promise<StepView[]> {
    checkParts(include, ['attempts']);
    return (await this.getTask(taskId, ['steps', ...include])).steps!;
  }

  /** @throws TaskerError `task_not_found`, `step_not_found` */
  async getStep(taskId: string, idOrName: string, { include = [] }: StepOptions = {}): Promise<StepView> {
    checkParts(include, ['attempts']);
    return this.stepAt(await this.placeOf(taskId, idOrName), include.includes('attempts'));
  }

  /** @throws TaskerError `task_not_found`, `step_not_found` */
  async placeOf(id: string, idOrName: string): Promise<StepPlace> {
    const taskId = taskIdOf(id);
    const entry = await this.entryOf(taskId);
    const stepNo = entry.stepNo(idOrName) ?? (isUuid(idOrName) ? stepNoOf(taskId, idOrName) : null);
    if (stepNo === null || stepNo >= entry.template.steps.length) throw stepNotFound(idOrName, entry.template);
    return { taskId, stepNo, entry };
  }

  /** The step at its place, as it is now. @throws TaskerError `task_not_found` */
  async stepAt({ taskId, stepNo, entry }: StepPlace, attempts = false): Promise<StepView> {
    const snapshots = await this.reader.snapshots([taskId], { steps: true, transitions: attempts, stepNo });
    const [snapshot] = snapshots.values();
    if (!snapshot) return notFound(taskId);
    this.audit.read(entry.template, 'step', taskId);
    return this.stepViews(entry, unsealed(this.vault, entry, snapshot), attempts)[0]!;
  }

  /** In the order in which they happened. @throws TaskerError `task_not_found` */
  async getTransitions(taskId: string): Promise<TransitionView[]> {
    return (await this.getTask(taskId, ['transitions'])).transitions!;
  }

  /** @throws TaskerError `task_not_found` */
  async getDiagram(taskId: string): Promise<Diagram> {
    const id = taskIdOf(taskId);
    const [entry, states] = await Promise.all([this.entryOf(id), this.reader.stepStates(id)]);
    this.audit.read(entry.template, 'diagram', id);
    return diagramOf(entry, id, states);
  }

  private async entryOf(id: string): Promise<CatalogEntry> {
    const [snapshot] = (await this.reader.snapshots([taskIdOf(id)])).values();
    return this.catalog.get((snapshot ?? notFound(id)).task.templateId);
  }

  private stepViews(entry: CatalogEntry, snapshot: TaskSnapshot, withAttempts: boolean): StepView[] {
    const standing = new Standing(entry, snapshot, this.config.worker);
    const moves = new Map<number, TransitionRow[]>(snapshot.steps.map(({ stepNo }) => [stepNo, []]));
    for (const move of snapshot.transitions) moves.get(move.stepNo)?.push(move);
    return snapshot.steps.map((row) => {
      const view = stepView(standing, row);
      if (withAttempts) view.attemptHistory = attemptHistory(row, moves.get(row.stepNo)!);
      return view;
    });
  }
}

function checkParts(include: readonly string[], known: readonly string[]): void {
  const findings: Finding[] = include
    .filter((part) => !known.includes(part))
    .map((part) => ({ path: 'include', message: `must be of ${known.join(', ')}.${didYouMean(String(part), known)}` }));
  if (findings.length > 0) throw invalid('request_invalid', 'What to include is not valid', findings);
}

function notFound(id: string): never {
  throw taskNotFound(id);
}
