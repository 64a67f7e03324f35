import { IsOptional } from 'class-validator';
import type { Json } from '../../core/json.js';
import { STEP_VERBS, TASK_VERBS, type StepVerb, type TaskVerb } from '../../core/states.js';
import { ProblemResource } from '../problem/problem.resource.js';
import { IsJson, IsMap, IsOneOf, IsText, IsTextList, IsWholeNumber } from '../request/checks.js';
import { StepResource } from '../steps/step.resource.js';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '../swagger.js';
import { TaskChangesBody } from './task-action.body.js';
import { TaskResource } from './task.resource.js';

export const BULK_ACTIONS = [...new Set([...Object.keys(TASK_VERBS), ...Object.keys(STEP_VERBS)])] as (
  TaskVerb | StepVerb
)[];
const MOST_TASKS = 1000;
const MOST_ATTEMPTS = 32_000;

/** The same for many tasks, or for the step of one name in each. */
@ApiSchema({ name: 'BulkAction' })
export class BulkActionBody extends TaskChangesBody {
  @ApiProperty({ enum: BULK_ACTIONS, description: '`complete` and `skip` are of steps, `pause` and `resume` of tasks' })
  @IsOneOf(BULK_ACTIONS)
  action!: TaskVerb | StepVerb;

  @ApiProperty({ type: [String], minItems: 1, maxItems: MOST_TASKS, format: 'uuid' })
  @IsTextList(MOST_TASKS, 1)
  task_ids!: string[];

  @ApiPropertyOptional({
    description: 'Name of the step of each task that is meant; the tasks themselves if not given',
  })
  @IsOptional()
  @IsText()
  step?: string;

  @ApiPropertyOptional({
    description: 'Why; kept in the audit trail. Required for steps but by `cancel`. With `update` of tasks: their own',
    maxLength: 4000,
    example: 'The gateway is back',
  })
  override reason?: string;

  @ApiPropertyOptional({ description: 'As PATCH of a step has it', type: Object })
  @IsOptional()
  @IsJson()
  results?: Json;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MOST_ATTEMPTS })
  @IsOptional()
  @IsWholeNumber(1, MOST_ATTEMPTS)
  retry_limit?: number;

  @ApiPropertyOptional({ description: 'As PATCH of a step has them', type: 'object', additionalProperties: true })
  @IsOptional()
  @IsMap()
  inputs?: object;
}

@ApiSchema({ name: 'BulkActionResult' })
export class BulkActionResultResource {
  @ApiProperty({ description: 'As the action on this one would have been answered', type: 'integer', example: 200 })
  status!: number;
  @ApiProperty({ description: 'As it was given' }) task_id!: string;
  @ApiPropertyOptional({ type: TaskResource }) task?: TaskResource;
  @ApiPropertyOptional({ description: 'Where a step was named', type: StepResource }) step?: StepResource;
  @ApiPropertyOptional({ type: ProblemResource }) error?: ProblemResource;
}

@ApiSchema({ name: 'BulkActionResults' })
export class BulkActionResultsResource {
  @ApiProperty({ description: 'One for each task, in that order', type: [BulkActionResultResource] })
  results!: BulkActionResultResource[];
}
