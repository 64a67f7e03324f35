import { RECOMMENDATION_KINDS, type BottleneckReport, type RecommendationKind } from '../../analytics/reports.js';
import { ApiProperty, ApiSchema } from '../swagger.js';
import { DistributionResource, TemplateNameResource, WindowResource } from './figures.resource.js';
import { snakeCased } from './snake-case.js';

const TEXT = { type: String, nullable: true } as const;
const rate = (description?: string): PropertyDecorator =>
  ApiProperty({ type: Number, minimum: 0, maximum: 1, description });
const rateOrNull = (): PropertyDecorator => ApiProperty({ type: Number, minimum: 0, maximum: 1, nullable: true });
const count = (description?: string): PropertyDecorator => ApiProperty({ type: 'integer', description });

class StepNameResource extends TemplateNameResource {
  @ApiProperty({ example: 'fetch_cart' }) step!: string;
}

@ApiSchema({ name: 'SlowStep' })
export class SlowStepResource extends StepNameResource {
  @count() attempts!: number;
  @ApiProperty({ type: DistributionResource }) duration_seconds!: DistributionResource;
  @rate('Its part of the time that all attempts took') share_of_time!: number;
}

@ApiSchema({ name: 'SlowTask' })
export class SlowTaskResource extends TemplateNameResource {
  @ApiProperty({ type: DistributionResource }) duration_seconds!: DistributionResource;
  @ApiProperty({ ...TEXT, format: 'uuid', description: 'The one that took longest' }) slowest_task_id!: string | null;
}

@ApiSchema({ name: 'FailingStep' })
export class FailingStepResource extends StepNameResource {
  @count() attempts!: number;
  @count('Attempts that failed, timed out or lost their worker') failures!: number;
  @count() timed_out!: number;
  @count() worker_lost!: number;
  @rate() error_rate!: number;
  @count('Steps that came to `error`') failed_steps!: number;
}

@ApiSchema({ name: 'RetriedStep' })
export class RetriedStepResource extends StepNameResource {
  @count() retries!: number;
  @count() retries_succeeded!: number;
  @rate() retry_success_rate!: number;
}

@ApiSchema({ name: 'WaitingStep' })
export class WaitingStepResource extends StepNameResource {
  @ApiProperty({ type: DistributionResource }) wait_seconds!: DistributionResource;
  @ApiProperty({ type: Number, nullable: true, description: 'Seconds of waiting for each second of running' })
  wait_per_run!: number | null;
}

@ApiSchema({ name: 'ErrorPlace' })
export class ErrorPlaceResource extends TemplateNameResource {
  @ApiProperty({ ...TEXT, description: 'Null: the task itself, past its time' }) step!: string | null;
  @count() count!: number;
}

@ApiSchema({ name: 'ErrorSample', description: 'The last one' })
export class ErrorSampleResource {
  @ApiProperty({ format: 'uuid' }) task_id!: string;
  @ApiProperty(TEXT) step!: string | null;
  @count() attempt!: number;
  @ApiProperty({ ...TEXT, description: 'With secrets hidden; null once the task is deleted' }) message!: string | null;
}

@ApiSchema({ name: 'ErrorPattern' })
export class ErrorPatternResource {
  @ApiProperty({ example: 'RetryableError' }) error_class!: string;
  @ApiProperty({ ...TEXT, example: 'HTTP_503' }) error_code!: string | null;
  @ApiProperty({ ...TEXT, example: 'external_service' }) error_category!: string | null;
  @count() count!: number;
  @rate('Of all errors') share!: number;
  @ApiProperty({ format: 'date-time' }) first_seen_at!: string;
  @ApiProperty({ format: 'date-time' }) last_seen_at!: string;
  @ApiProperty({ type: [ErrorPlaceResource], description: 'Where most of them were, ten at most' })
  steps!: ErrorPlaceResource[];
  @ApiProperty({ type: ErrorSampleResource }) sample!: ErrorSampleResource;
}

@ApiSchema({ name: 'ErrorPatterns' })
export class ErrorPatternsResource {
  @count() total!: number;
  @count('How many different ones') patterns!: number;
  @ApiProperty({ type: [ErrorPatternResource] }) list!: ErrorPatternResource[];
}

@ApiSchema({ name: 'CriticalStep' })
export class CriticalStepResource extends StepNameResource {
  @count('On whose critical path it is') tasks!: number;
  @ApiProperty({ type: Number, description: 'Sum over these' }) duration_seconds!: number;
  @rate("Of what the critical paths of its template's tasks took") share!: number;
}

@ApiSchema({ name: 'CriticalPaths' })
export class CriticalPathsResource {
  @count('The slowest tasks of the window, at most 50') tasks_analyzed!: number;
  @ApiProperty({ type: [CriticalStepResource] }) steps!: CriticalStepResource[];
}

@ApiSchema({ name: 'Recommendation' })
export class RecommendationResource {
  @ApiProperty({ enum: RECOMMENDATION_KINDS }) kind!: RecommendationKind;
  @ApiProperty({ ...TEXT, example: 'default.api_integration_task@0.1.0 fetch_cart' }) subject!: string | null;
  @ApiProperty() message!: string;
  @ApiProperty({ type: 'object', additionalProperties: { type: 'number' }, description: 'What it follows from' })
  figures!: Record<string, number>;
}

@ApiSchema({ name: 'BottleneckTotals' })
export class BottleneckTotalsResource {
  @count('That ended') tasks!: number;
  @count() attempts!: number;
  @count() failures!: number;
  @rateOrNull() error_rate!: number | null;
  @count() retries!: number;
  @count() retries_succeeded!: number;
  @rateOrNull() retry_success_rate!: number | null;
}

@ApiSchema({ name: 'Bottlenecks' })
export class BottlenecksResource extends WindowResource {
  @ApiProperty({ type: BottleneckTotalsResource }) totals!: BottleneckTotalsResource;
  @ApiProperty({ type: [SlowStepResource], description: 'By the 95th percentile' }) slowest_steps!: SlowStepResource[];
  @ApiProperty({ type: [SlowTaskResource], description: 'By template, by the 95th percentile' })
  slowest_tasks!: SlowTaskResource[];
  @ApiProperty({ type: [FailingStepResource], description: 'Most failures first' })
  failing_steps!: FailingStepResource[];
  @ApiProperty({ type: [RetriedStepResource], description: 'Most retries first' })
  retried_steps!: RetriedStepResource[];
  @ApiProperty({ type: [WaitingStepResource], description: 'By the 95th percentile' })
  longest_waits!: WaitingStepResource[];
  @ApiProperty({ type: ErrorPatternsResource }) errors!: ErrorPatternsResource;
  @ApiProperty({ type: CriticalPathsResource }) critical_paths!: CriticalPathsResource;
  @ApiProperty({ type: [RecommendationResource], description: 'Only what the figures suggest' })
  recommendations!: RecommendationResource[];
}

export const bottlenecksResource = (report: BottleneckReport): BottlenecksResource => ({
  ...snakeCased(report),
  // a critical step's duration is a number of seconds already, and its figures have names of their own
  recommendations: report.recommendations,
});
