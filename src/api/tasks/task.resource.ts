import type { TaskView } from '../../client/views.js';
import type { JsonObject } from '../../core/json.js';
import { masked } from '../../core/masking.js';
import {
  EXECUTION_STATUSES,
  STEP_STATES,
  TASK_STATES,
  type ExecutionStatus,
  type StepState,
  type TaskState,
} from '../../core/states.js';
import { DependencyAnalysisResource, dependencyResource } from '../analytics/dependency.resource.js';
import { Time } from '../request/time.decorator.js';
import { StepResource, stepResource } from '../steps/step.resource.js';
import { TransitionResource, transitionResource } from './transition.resource.js';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '../swagger.js';

/** One run of a template. */
@ApiSchema({ name: 'Task' })
export class TaskResource {
  @ApiProperty({ format: 'uuid' }) task_id!: string;
  @ApiProperty({ example: 'api_integration_task' }) name!: string;
  @ApiProperty({ example: 'default' }) namespace!: string;
  @ApiProperty({ example: '0.1.0' }) version!: string;
  @ApiProperty({ example: 'default.api_integration_task@0.1.0' }) full_name!: string;
  @ApiProperty({ enum: TASK_STATES }) status!: TaskState;
  @ApiProperty({ enum: EXECUTION_STATUSES }) execution_status!: ExecutionStatus;
  @ApiProperty({ description: 'Share of its steps that are over', minimum: 0, maximum: 100, example: 60 })
  completion_percentage!: number;
  @ApiProperty({
    description: 'How many steps are in each state that any is in',
    type: 'object',
    properties: Object.fromEntries(STEP_STATES.map((state) => [state, { type: 'integer' }])),
    example: { complete: 3, in_progress: 1, pending: 1 },
  })
  step_counts!: Partial<Record<StepState, number>>;
  @ApiProperty({ type: 'object', additionalProperties: true, example: { cart_id: 123 } }) context!: JsonObject;
  @ApiProperty({
    description: 'What its task handler said of it once it had settled',
    type: 'object',
    additionalProperties: true,
    nullable: true,
    example: { plan_type: 'premium' },
  })
  annotations!: JsonObject | null;
  @ApiProperty({ example: 'web_interface' }) initiator!: string;
  @ApiProperty({ example: 'Process new order' }) reason!: string;
  @ApiProperty({ example: 'ecommerce' }) source_system!: string;
  @ApiProperty({ type: [String], example: ['order_processing', 'api_integration'] }) tags!: string[];
  @ApiProperty({ description: 'Higher first', type: 'integer', minimum: -100, maximum: 100 }) priority!: number;
  @ApiProperty() correlation_id!: string;
  @Time('Not started before then') run_at!: string | null;
  @Time('Since when nothing more of it starts') paused_at!: string | null;
  @ApiProperty({ format: 'date-time', example: '2026-01-31T09:30:00.000Z' }) created_at!: string;
  @Time() started_at!: string | null;
  @Time('When it came to rest, in `error` too') completed_at!: string | null;
  @ApiPropertyOptional({ description: "With `include=steps`, in the template's order", type: [StepResource] })
  steps?: StepResource[];
  @ApiPropertyOptional({ description: 'With `include=dependencies`', type: DependencyAnalysisResource })
  dependency_analysis?: DependencyAnalysisResource;
  @ApiPropertyOptional({ description: 'With `include=transitions`, oldest first', type: [TransitionResource] })
  transitions?: TransitionResource[];
}

@ApiSchema({ name: 'TaskPage' })
export class TaskPageResource {
  @ApiProperty({ type: [TaskResource] }) tasks!: TaskResource[];
  @ApiProperty({ description: 'Give it as `cursor` for what follows; null at the end', type: String, nullable: true })
  next_cursor!: string | null;
}

export const taskResource = (view: TaskView): TaskResource => ({
  task_id: view.taskId,
  name: view.name,
  namespace: view.namespace,
  version: view.version,
  full_name: view.fullName,
  status: view.status,
  execution_status: view.executionStatus,
  completion_percentage: view.completionPercentage,
  step_counts: view.stepCounts,
  context: masked(view.context, view.maskedFields),
  annotations: masked(view.annotations, view.maskedFields),
  initiator: view.initiator,
  reason: view.reason,
  source_system: view.sourceSystem,
  tags: view.tags,
  priority: view.priority,
  correlation_id: view.correlationId,
  run_at: view.runAt?.toISOString() ?? null,
  paused_at: view.pausedAt?.toISOString() ?? null,
  created_at: view.createdAt.toISOString(),
  started_at: view.startedAt?.toISOString() ?? null,
  completed_at: view.completedAt?.toISOString() ?? null,
  ...(view.steps && { steps: view.steps.map(stepResource) }),
  ...(view.dependencyAnalysis && {
    dependency_analysis: dependencyResource(view.dependencyAnalysis, view.maskedFields),
  }),
  ...(view.transitions && { transitions: view.transitions.map(transitionResource) }),
});
