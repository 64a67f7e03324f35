import { Time } from '../request/time.decorator.js';
import { ApiProperty, ApiSchema } from '../swagger.js';

const count = (description?: string): PropertyDecorator => ApiProperty({ type: 'integer', description, example: 12 });
const rate = (description: string): PropertyDecorator =>
  ApiProperty({ type: Number, minimum: 0, maximum: 1, nullable: true, description, example: 0.95 });
const seconds = (description?: string): PropertyDecorator =>
  ApiProperty({ type: Number, nullable: true, description, example: 0.25 });

@ApiSchema({
  name: 'Distribution',
  description:
    'In seconds; null where there is none. Percentiles are within 2 % of the value of their rank, the rest is exact.',
})
export class DistributionResource {
  @count() count!: number;
  @ApiProperty({ type: Number }) sum!: number;
  @seconds() mean!: number | null;
  @seconds() min!: number | null;
  @seconds() max!: number | null;
  @seconds() p50!: number | null;
  @seconds() p95!: number | null;
  @seconds() p99!: number | null;
}

const distribution = (description: string): PropertyDecorator =>
  ApiProperty({ type: DistributionResource, description });

@ApiSchema({ name: 'TaskFigures' })
export class TaskFiguresResource {
  @count() created!: number;
  @count() started!: number;
  @count() completed!: number;
  @count('Came to `error`, each time they did') failed!: number;
  @count() cancelled!: number;
  @count('By hand, after an error') resolved!: number;
  @count('Went on after an error') revived!: number;
  @rate('Completed, of those that completed, failed, or were cancelled without having failed; null where none did')
  completion_rate!: number | null;
  @rate('Failed, of the same') error_rate!: number | null;
  @distribution('From their start until they were complete or in error') duration_seconds!: DistributionResource;
  @distribution('From their creation, or `run_at`, until they started') wait_seconds!: DistributionResource;
}

@ApiSchema({ name: 'StepFigures' })
export class StepFiguresResource {
  @count('Attempts that ended') attempts!: number;
  @count() succeeded!: number;
  @count() failed!: number;
  @count() timed_out!: number;
  @count() worker_lost!: number;
  @count('Given back unfinished') released!: number;
  @count('Taken away by an operator, or by the end of their task') cancelled!: number;
  @count('Results that came after their attempt had ended') refused!: number;
  @rate('Succeeded, of those that succeeded, failed, timed out or lost their worker') success_rate!: number | null;
  @rate('The others of these') error_rate!: number | null;
  @count('Of the same, those that followed a failed attempt of their step') retries!: number;
  @count() retries_succeeded!: number;
  @rate('Of the retries') retry_success_rate!: number | null;
  @count() completed_steps!: number;
  @count('Came to `error`, each time they did') failed_steps!: number;
  @count() skipped_steps!: number;
  @count() cancelled_steps!: number;
  @count() resolved_steps!: number;
  @distribution('Of attempts that succeeded, failed or timed out') duration_seconds!: DistributionResource;
  @distribution('From when a step could be claimed until it was') wait_seconds!: DistributionResource;
}

@ApiSchema({ name: 'ActiveTasks', description: 'Tasks that have not ended, at this moment' })
export class ActiveCountResource {
  @count() pending!: number;
  @count() in_progress!: number;
}

/** Of a report. */
export class WindowResource {
  @Time('Put back to a full minute; of long ago, to a full hour or day') from!: string;
  @Time() to!: string;
  @ApiProperty({ description: 'Length of the intervals of the series', enum: [60, 3600, 86400] })
  interval_seconds!: number;
}

/** Of a part of a report. */
export class TemplateNameResource {
  @ApiProperty({ example: 'default' }) namespace!: string;
  @ApiProperty({ example: 'api_integration_task' }) name!: string;
  @ApiProperty({ example: '0.1.0' }) version!: string;
  @ApiProperty({ example: 'default.api_integration_task@0.1.0' }) full_name!: string;
}
