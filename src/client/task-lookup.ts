import { Injectable } from '@nestjs/common';
import type { Finding } from '../core/errors.js';
import { isUuid, stepNoOf } from '../core/identity.js';
import { didYouMean } from '../core/suggest.js';
import type { Queryable } from '../persistence/database.js';
import { TaskReader, type TaskSnapshot, type TransitionRow } from '../persistence/stores/task.reader.js';
import { TemplateCatalog, type CatalogEntry } from '../persistence/template-catalog.js';
import { attemptHistory } from './attempt-history.js';
import { diagramOf, type Diagram } from './diagram.js';
import { readFilter, writeCursor, type ListFilter } from './list-filter.js';
import { invalid, stepNotFound, taskIdOf, taskNotFound } from './refusals.js';
import { stepView, taskView } from './task-view.js';
import { transitionViews } from './transition-view.js';
import type { StepView, TaskView, TransitionView } from './views.js';

export const TASK_PARTS = ['steps', 'attempts', 'transitions'] as const;
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

/** Answers questions about tasks, their steps and their history. */
@Injectable()
export class TaskLookup {
  constructor(
    private readonly reader: TaskReader,
    private readonly catalog: TemplateCatalog,
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
    const snapshots = await this.reader.snapshots(taskIds, { steps, transitions: attempts || transitions }, db);
    const views = new Map<string, TaskView>();
    for (const [taskId, snapshot] of snapshots) {
      const view = taskView(snapshot.task);
      views.set(taskId, view);
      if (!steps && !transitions) continue;
      const entry = await this.catalog.get(snapshot.task.templateId);
      if (steps) view.steps = stepViews(entry, snapshot, attempts);
      if (transitions) view.transitions = transitionViews(entry, snapshot.transitions);
    }
    return views;
  }

  /** @throws TaskerError `request_invalid` with everything that is wrong with the filter */
  async listTasks(filter: ListFilter = {}): Promise<TaskPage> {
    const { filter: asked, limit } = readFilter(filter);
    const rows = await this.reader.page(asked, limit + 1);
    const page = rows.slice(0, limit);
    return {
      tasks: page.map(taskView),
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
    const entry = await this.entryOf(taskId);
    const stepNo = entry.stepNo(idOrName) ?? (isUuid(idOrName) ? stepNoOf(taskId, idOrName) : null);
    if (stepNo === null || stepNo >= entry.template.steps.length) throw stepNotFound(idOrName, entry.template);
    const attempts = include.includes('attempts');
    const snapshots = await this.reader.snapshots([taskIdOf(taskId)], { steps: true, transitions: attempts, stepNo });
    const [snapshot] = snapshots.values();
    return snapshot ? stepViews(entry, snapshot, attempts)[0]! : notFound(taskId);
  }

  /** In the order in which they happened. @throws TaskerError `task_not_found` */
  async getTransitions(taskId: string): Promise<TransitionView[]> {
    return (await this.getTask(taskId, ['transitions'])).transitions!;
  }

  /** @throws TaskerError `task_not_found` */
  async getDiagram(taskId: string): Promise<Diagram> {
    const id = taskIdOf(taskId);
    const [entry, states] = await Promise.all([this.entryOf(id), this.reader.stepStates(id)]);
    return diagramOf(entry, id, states);
  }

  private async entryOf(id: string): Promise<CatalogEntry> {
    const [snapshot] = (await this.reader.snapshots([taskIdOf(id)])).values();
    return this.catalog.get((snapshot ?? notFound(id)).task.templateId);
  }
}

function stepViews(entry: CatalogEntry, snapshot: TaskSnapshot, withAttempts: boolean): StepView[] {
  const moves = new Map<number, TransitionRow[]>(snapshot.steps.map(({ stepNo }) => [stepNo, []]));
  for (const move of snapshot.transitions) moves.get(move.stepNo)?.push(move);
  return snapshot.steps.map((row) => {
    const view = stepView(entry, snapshot.task.id, row);
    if (withAttempts) view.attemptHistory = attemptHistory(row, moves.get(row.stepNo)!);
    return view;
  });
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
