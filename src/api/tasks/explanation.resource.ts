import type { AttemptError, Cause, StepExplanation, TaskExplanation } from '../../client/explanation/explanation.js';
import {
  BLOCKER_TYPES,
  MOVERS,
  REASON_KINDS,
  REASONS,
  type Blocker,
  type Mover,
  type Reason,
  type ReasonKind,
} from '../../client/explanation/reason.js';
import { ACTIONS, REMEDY_ACTIONS, type Remedy, type RemedyAction } from '../../client/explanation/remedy.js';
import type { Json } from '../../core/json.js';
import {
  EXECUTION_STATUSES,
  STEP_STATES,
  TASK_STATES,
  type ExecutionStatus,
  type StepState,
  type TaskState,
} from '../../core/states.js';
import { Time } from '../request/time.decorator.js';
import { ApiProperty, ApiSchema } from '../swagger.js';

const TEXT = { type: String, nullable: true } as const;
const NOW = { format: 'date-time', example: '2026-01-31T09:30:00.000Z' } as const;
const MANY = 10;

const meanings = (table: Record<string, string>): string =>
  Object.entries(table)
    .map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
    .join('\n');

const KINDS = meanings(Object.fromEntries(REASON_KINDS.map((kind) => [kind, REASONS[kind].meaning])));
const DID = ['failed', 'timed_out', 'worker_lost'] as const;

@ApiSchema({ name: 'Blocker' })
export class BlockerResource {
  @ApiProperty({ enum: BLOCKER_TYPES }) type!: Blocker['type'];
  @ApiProperty({ ...TEXT, description: 'Of a step or a task' }) id!: string | null;
  @ApiProperty({ ...TEXT, example: 'fetch_cart' }) name!: string | null;
}

/** Why a step is where it is. */
@ApiSchema({ name: 'StepReason' })
export class ReasonResource {
  @ApiProperty({ description: `In the order in which they have to be solved:\n\n${KINDS}`, enum: REASON_KINDS })
  kind!: ReasonKind;
  @ApiProperty({
    description:
      "What has to happen: a verb of an operator's, a repair of the installation (workers, systems), the end of other " +
      'work, or nothing but time; `nothing` of what has ended',
    enum: MOVERS,
  })
  moved_by!: Mover;
  @ApiProperty({ example: 'No live worker claims steps of the handler "fetch_cart".' }) detail!: string;
  @Time() since!: string | null;
  @Time('Until then at least; null where nobody can say') until!: string | null;
  @ApiProperty({ description: 'Ten at most', type: [BlockerResource], maxItems: MANY }) blocked_by!: BlockerResource[];
}

/** What holds a task. */
@ApiSchema({ name: 'TaskReason' })
export class CauseResource extends ReasonResource {
  @ApiProperty({ description: 'The steps that it concerns, ten at most; none where it is of the task', type: [String] })
  steps!: string[];
  @ApiProperty({ type: 'integer' }) step_count!: number;
  @ApiProperty({ description: 'How many other steps wait for these, directly or not', type: 'integer' }) holds!: number;
}

@ApiSchema({ name: 'RemedyRequest' })
export class RemedyRequestResource {
  @ApiProperty({ example: 'POST' }) method!: string;
  @ApiProperty({ example: '/tasker/tasks/0198c2a4-…/resume' }) path!: string;
  @ApiProperty({ description: '`<…>` is to be filled in', type: 'object', additionalProperties: true })
  body!: Record<string, Json>;
}

/** One thing that would move it. */
@ApiSchema({ name: 'Remedy' })
export class RemedyResource {
  @ApiProperty({ description: meanings(ACTIONS), enum: REMEDY_ACTIONS }) action!: RemedyAction;
  @ApiProperty({ example: 'It goes on where it stopped.' }) effect!: string;
  @ApiProperty({
    description: 'Null where it is nothing that Tasker does',
    type: RemedyRequestResource,
    nullable: true,
  })
  request!: RemedyRequestResource | null;
  @ApiProperty({
    ...TEXT,
    description: 'The same on the command line',
    example: "tasker task resume 0198c2a4-… --reason '<why>'",
  })
  command!: string | null;
}

@ApiSchema({ name: 'AttemptError' })
export class AttemptErrorResource {
  @ApiProperty({ type: 'integer' }) attempt!: number;
  @ApiProperty({ enum: DID }) outcome!: AttemptError['outcome'];
  @ApiProperty(NOW) at!: string;
  @ApiProperty() message!: string;
  @ApiProperty() error_class!: string;
  @ApiProperty(TEXT) error_code!: string | null;
  @ApiProperty(TEXT) error_category!: string | null;
}

@ApiSchema({ name: 'StepExplanation' })
export class StepExplanationResource {
  @ApiProperty({ format: 'uuid' }) step_id!: string;
  @ApiProperty({ example: 'fetch_cart' }) name!: string;
  @ApiProperty({ enum: STEP_STATES }) status!: StepState;
  @ApiProperty({ description: 'So far, the running one included', type: 'integer' }) attempts!: number;
  @ApiProperty({ type: 'integer' }) retry_limit!: number;
  @ApiProperty({ description: 'In the order in which they have to be solved', type: [ReasonResource] })
  reasons!: ReasonResource[];
  @ApiProperty({ description: 'Of its last attempts, five at most, oldest first', type: [AttemptErrorResource] })
  errors!: AttemptErrorResource[];
  @ApiProperty({ type: [RemedyResource] }) what_moves_it!: RemedyResource[];
}

/** Why a task is where it is, and what would move it. */
@ApiSchema({ name: 'Explanation' })
export class ExplanationResource {
  @ApiProperty({ format: 'uuid' }) task_id!: string;
  @ApiProperty({ example: 'default.api_integration_task@0.1.0' }) full_name!: string;
  @ApiProperty({ enum: TASK_STATES }) status!: TaskState;
  @ApiProperty({ enum: EXECUTION_STATUSES }) execution_status!: ExecutionStatus;
  @ApiProperty({ ...NOW, description: 'The moment that all of it is of' }) at!: string;
  @ApiProperty({ description: 'All of it in a few sentences' }) summary!: string;
  @ApiProperty({
    description:
      'What holds it in the end, each thing once: first what somebody has to do something about, last what time brings; 20 at most',
    type: [CauseResource],
  })
  reasons!: CauseResource[];
  @ApiProperty({ description: 'For these reasons, in their order; 20 at most', type: [RemedyResource] })
  what_moves_it!: RemedyResource[];
  @ApiProperty({
    description: 'The unfinished ones: first those that hold the others',
    type: [StepExplanationResource],
  })
  steps!: StepExplanationResource[];
  @ApiProperty({ description: 'How many unfinished steps are left out', type: 'integer' }) steps_left_out!: number;
}

/** @param prefix - the path of all routes, without slashes */
export function explanationResource(view: TaskExplanation, prefix: string): ExplanationResource {
  const remedies = (list: Remedy[]): RemedyResource[] => list.map((remedy) => remedyResource(remedy, prefix));
  return {
    task_id: view.taskId,
    full_name: view.fullName,
    status: view.status,
    execution_status: view.executionStatus,
    at: view.at.toISOString(),
    summary: view.summary,
    reasons: view.reasons.map(causeResource),
    what_moves_it: remedies(view.whatMovesIt),
    steps: view.steps.map((step) => stepResource(step, remedies)),
    steps_left_out: view.stepsLeftOut,
  };
}

const reasonResource = ({ kind, movedBy, detail, since, until, blockedBy }: Reason): ReasonResource => ({
  kind,
  moved_by: movedBy,
  detail,
  since: since?.toISOString() ?? null,
  until: until?.toISOString() ?? null,
  blocked_by: blockedBy,
});

const causeResource = (cause: Cause): CauseResource => ({
  ...reasonResource(cause),
  steps: cause.steps,
  step_count: cause.stepCount,
  holds: cause.holds,
});

const stepResource = (
  step: StepExplanation,
  remedies: (list: Remedy[]) => RemedyResource[],
): StepExplanationResource => ({
  step_id: step.stepId,
  name: step.name,
  status: step.status,
  attempts: step.attempts,
  retry_limit: step.retryLimit,
  reasons: step.reasons.map(reasonResource),
  errors: step.errors.map(({ errorClass, errorCode, errorCategory, at, ...error }) => ({
    ...error,
    at: at.toISOString(),
    error_class: errorClass,
    error_code: errorCode,
    error_category: errorCategory,
  })),
  what_moves_it: remedies(step.whatMovesIt),
});

const remedyResource = ({ request, ...remedy }: Remedy, prefix: string): RemedyResource => ({
  ...remedy,
  request: request && { ...request, path: `/${prefix}${request.path}` },
});
