import type { AttemptView, StepView } from '../../client/views.js';
import { REASON_KINDS, type ReasonKind } from '../../client/explanation/reason.js';
import type { StepFailure } from '../../core/failure.js';
import type { Json, JsonObject } from '../../core/json.js';
import { masked } from '../../core/masking.js';
import { ATTEMPT_OUTCOMES, STEP_STATES, type AttemptOutcome, type StepState } from '../../core/states.js';
import { Time } from '../request/time.decorator.js';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '../swagger.js';

const TEXT = { type: String, nullable: true } as const;

/** What an attempt failed with. Its stack stays in the database. */
@ApiSchema({ name: 'Failure' })
export class FailureResource {
  @ApiProperty({ example: 'The payment gateway timed out' }) message!: string;
  @ApiProperty({ example: 'RetryableError' }) error_class!: string;
  @ApiProperty({ ...TEXT, example: 'HTTP_503' }) error_code!: string | null;
  @ApiProperty({ ...TEXT, example: 'external_service' }) error_category!: string | null;
  @ApiProperty({ type: 'object', additionalProperties: true }) context!: JsonObject;
  @ApiProperty({ type: 'integer' }) attempt!: number;
  @ApiProperty({ description: 'Whether another attempt could help' }) retryable!: boolean;
}

@ApiSchema({ name: 'Attempt' })
export class AttemptResource {
  @ApiProperty({ description: 'From 1', type: 'integer' }) attempt!: number;
  @ApiProperty({ description: 'Null while it runs', enum: ATTEMPT_OUTCOMES, nullable: true })
  outcome!: AttemptOutcome | null;
  @Time() started_at!: string | null;
  @Time() completed_at!: string | null;
  @ApiProperty(TEXT) worker!: string | null;
  @ApiPropertyOptional({ description: 'JSON, where it succeeded or was refused', type: Object, nullable: true })
  results?: Json;
  @ApiPropertyOptional({ type: FailureResource }) error?: FailureResource;
}

@ApiSchema({ name: 'Waiting' })
export class WaitingResource {
  @ApiProperty({
    description: 'What each means stands with `GET /tasks/{task_id}/explain`',
    enum: REASON_KINDS,
  })
  kind!: ReasonKind;
  @ApiProperty({ example: 'The circuit of payment_gateway is open: 5 attempts in a row failed.' }) detail!: string;
  @Time('Until then at least; null where nobody can say') until!: string | null;
}

@ApiSchema({ name: 'Step' })
export class StepResource {
  @ApiProperty({ format: 'uuid' }) step_id!: string;
  @ApiProperty({ format: 'uuid' }) task_id!: string;
  @ApiProperty({ example: 'fetch_cart' }) name!: string;
  @ApiProperty({ enum: STEP_STATES }) status!: StepState;
  @ApiProperty({ description: 'So far, the running one included', type: 'integer' }) attempts!: number;
  @ApiProperty({ description: 'Attempts in all, the first included', type: 'integer' }) retry_limit!: number;
  @ApiProperty() retryable!: boolean;
  @ApiProperty({ description: 'Names of its parents', type: [String] }) depends_on!: string[];
  @ApiProperty({ description: 'Names of the steps that wait for it', type: [String] }) dependents!: string[];
  @ApiProperty({ ...TEXT, example: 'ecommerce_system' }) dependent_system!: string | null;
  @ApiProperty({
    description: "What its handler is given beside the context: the template's, or an operator's in their place",
    type: 'object',
    additionalProperties: true,
  })
  inputs!: JsonObject;
  @ApiProperty({ description: 'JSON; null until there are any', type: Object, nullable: true }) results!: Json;
  @ApiProperty({ description: 'Of the last attempt, if it failed', type: FailureResource, nullable: true })
  error!: FailureResource | null;
  @Time('When the next attempt may start') next_retry_at!: string | null;
  @Time() started_at!: string | null;
  @Time() completed_at!: string | null;
  @ApiProperty({ ...TEXT, description: 'Name of the worker of the last attempt' }) worker!: string | null;
  @ApiProperty({
    description:
      'The first thing that keeps it from starting, of those that `GET /tasks/{task_id}/explain` names; null for one that ' +
      'runs, has finished, or may be taken by a worker at any moment',
    type: WaitingResource,
    nullable: true,
  })
  waiting_for!: WaitingResource | null;
  @ApiPropertyOptional({ description: 'With `include=attempts`, oldest first', type: [AttemptResource] })
  attempt_history?: AttemptResource[];
}

/** A task's steps, in the template's order. */
@ApiSchema({ name: 'Steps' })
export class StepsResource {
  @ApiProperty({ type: [StepResource] }) steps!: StepResource[];
}

type Masking = Pick<StepView, 'maskedFields'>;

export const stepResource = (view: StepView): StepResource => ({
  step_id: view.stepId,
  task_id: view.taskId,
  name: view.name,
  status: view.status,
  attempts: view.attempts,
  retry_limit: view.retryLimit,
  retryable: view.retryable,
  depends_on: view.dependsOn,
  dependents: view.dependents,
  dependent_system: view.dependentSystem,
  inputs: masked(view.inputs, view.maskedFields),
  results: masked(view.results ?? null, view.maskedFields),
  error: view.error && failureResource(view.error, view),
  next_retry_at: view.nextRetryAt?.toISOString() ?? null,
  started_at: view.startedAt?.toISOString() ?? null,
  completed_at: view.completedAt?.toISOString() ?? null,
  worker: view.worker,
  waiting_for: view.waitingFor && { ...view.waitingFor, until: view.waitingFor.until?.toISOString() ?? null },
  ...(view.attemptHistory && { attempt_history: view.attemptHistory.map((attempt) => attemptResource(attempt, view)) }),
});

const attemptResource = (
  { startedAt, completedAt, error, ...view }: AttemptView,
  { maskedFields }: Masking,
): AttemptResource => ({
  attempt: view.attempt,
  outcome: view.outcome,
  started_at: startedAt?.toISOString() ?? null,
  completed_at: completedAt?.toISOString() ?? null,
  worker: view.worker,
  ...(view.results !== undefined && { results: masked(view.results, maskedFields) }),
  ...(error && { error: failureResource(error, { maskedFields }) }),
});

const failureResource = (failure: StepFailure, { maskedFields }: Masking): FailureResource => ({
  message: failure.message,
  error_class: failure.errorClass,
  error_code: failure.errorCode,
  error_category: failure.errorCategory,
  context: masked(failure.context, maskedFields),
  attempt: failure.attempt,
  retryable: failure.retryable,
});
