import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../../config/tasker-config.js';
import type { Finding } from '../../core/errors.js';
import { isUuid, stepId, stepNoOf } from '../../core/identity.js';
import { fullName } from '../../core/template.js';
import { AuditLog } from '../../events/audit-log.js';
import type { StepRow } from '../../persistence/stores/task-snapshot.js';
import { TaskReader } from '../../persistence/stores/task.reader.js';
import { TemplateCatalog } from '../../persistence/template-catalog.js';
import { executionStatus } from '../execution-status.js';
import { invalid, stepNotFound, taskIdOf, taskNotFound } from '../refusals.js';
import type { RootReasons } from './causes.js';
import type { Cause, StepExplanation, TaskExplanation } from './explanation.js';
import { Holders } from './holders.js';
import { MOST_BLOCKERS, MOVERS, REASON_KINDS, type Reason } from './reason.js';
import { distinct, remediesOf, taskRepairs } from './remedies.js';
import type { Remedy } from './remedy.js';
import { COUNT_TO, isFinished, Standing } from './standing.js';
import { stepReasons } from './step-reasons.js';
import { summaryOf } from './summary.js';
import { taskReasons } from './task-reasons.js';

export interface ExplainOptions {
  /** Only this step of the task's, by its id or its name; the reasons of the task stay. @default all that are unfinished */
  step?: string;
  /** How many steps at most, 1 to 2,000. @default 100 */
  limit?: number;
}

const DEFAULT_STEPS = 100;
export const MOST_STEPS = 2_000;
const MOST_REMEDIES = 20;

/** Says of a task why it is where it is, and what would move it: by one statement, so of one moment, and without a lock. */
@Injectable()
export class TaskExplaining {
  constructor(
    private readonly reader: TaskReader,
    private readonly catalog: TemplateCatalog,
    private readonly audit: AuditLog,
    @Inject(TASKER_CONFIG) private readonly config: { worker: Pick<TaskerConfig['worker'], 'silentMs'> },
  ) {}

  /** @throws TaskerError what `TaskerClient.explain` says */
  async explain(id: string, { step, limit = DEFAULT_STEPS }: ExplainOptions = {}): Promise<TaskExplanation> {
    const taskId = taskIdOf(id);
    checkLimit(limit);
    const { silentMs } = this.config.worker;
    const parts = { steps: true, explanation: { silentMs, countTo: COUNT_TO } };
    const snapshot = (await this.reader.snapshots([taskId], parts)).get(taskId);
    if (!snapshot) throw taskNotFound(id);
    const entry = await this.catalog.get(snapshot.task.templateId);
    this.audit.read(entry.template, 'task', taskId);
    return explanationOf(new Standing(entry, snapshot, { silentMs }), limit, step);
  }
}

function explanationOf(standing: Standing, limit: number, only?: string): TaskExplanation {
  const { entry, snapshot, task } = standing;
  const holders = new Holders(entry.graph, snapshot.states);
  const asked = only === undefined ? null : stepNoOfStep(standing, only);
  const rows = snapshot.steps.filter(({ state }) => !isFinished(state));
  const roots = rows
    .filter(({ state }) => state !== 'pending')
    .map((row): RootReasons & { row: StepRow } => ({ row, stepNo: row.stepNo, reasons: stepReasons(standing, row) }))
    .sort((a, b) => urgency(a.reasons) - urgency(b.reasons) || a.stepNo - b.stepNo);
  const causes = taskReasons(standing, roots, holders);
  const whatMovesIt = distinct(causes.flatMap((cause) => remediesOfCause(standing, cause))).slice(0, MOST_REMEDIES);
  const pending = rows.filter(({ state }) => state === 'pending');
  const inOrder = [...roots.map(({ row }) => row), ...pending].filter(
    ({ stepNo }) => asked === null || stepNo === asked,
  );
  const reasonsOf = new Map(roots.map(({ stepNo, reasons }) => [stepNo, reasons]));
  const shown = inOrder.slice(0, limit);
  return {
    taskId: task.id,
    fullName: fullName(task),
    status: task.state,
    executionStatus: executionStatus(task),
    at: standing.at,
    summary: summaryOf(standing, causes, whatMovesIt),
    reasons: causes,
    whatMovesIt,
    steps: shown.map((row) => {
      const known = reasonsOf.get(row.stepNo);
      return stepExplanation(standing, row, known ?? stepReasons(standing, row, holders.of(row.stepNo, MOST_BLOCKERS)));
    }),
    stepsLeftOut: rows.length - shown.length,
  };
}

function stepExplanation(standing: Standing, row: StepRow, reasons: Reason[]): StepExplanation {
  const name = standing.nameOf(row.stepNo);
  const failures = standing.snapshot.facts!.failures.filter(({ stepNo }) => stepNo === row.stepNo);
  return {
    stepId: stepId(standing.task.id, row.stepNo),
    name,
    status: row.state,
    attempts: row.attempt,
    retryLimit: row.retryLimit,
    reasons,
    errors: failures.map(({ stepNo: _, cause, at, ...error }) => ({ ...error, outcome: cause, at: new Date(at) })),
    whatMovesIt: distinct(reasons.flatMap((each) => remediesOf(standing, each, { name, state: row.state }))),
  };
}

/** Many failed steps are repaired by one verb on their task. */
function remediesOfCause(standing: Standing, cause: Cause): Remedy[] {
  const name = cause.stepCount === 1 ? cause.steps[0]! : null;
  const step = name === null ? null : { name, state: standing.stateOf(standing.entry.stepNo(name)!) };
  const own = remediesOf(standing, cause, step);
  return cause.kind === 'failed' ? [...own.slice(0, 1), ...taskRepairs(standing), ...own.slice(1)] : own;
}

/** Steps that somebody has to do something about come first. */
const urgency = ([first]: readonly Reason[]): number =>
  first ? MOVERS.indexOf(first.movedBy) * 100 + REASON_KINDS.indexOf(first.kind) : 0;

function stepNoOfStep({ entry, task }: Standing, idOrName: string): number {
  const stepNo = entry.stepNo(idOrName) ?? (isUuid(idOrName) ? stepNoOf(task.id, idOrName) : null);
  if (stepNo === null || stepNo >= entry.template.steps.length) throw stepNotFound(idOrName, entry.template);
  return stepNo;
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_STEPS) return;
  const finding: Finding = { path: 'limit', message: `must be a whole number from 1 to ${MOST_STEPS}` };
  throw invalid('request_invalid', 'What to explain is not valid', [finding]);
}
