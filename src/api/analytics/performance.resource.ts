import type { PerformanceReport } from '../../analytics/reports.js';
import { ApiProperty, ApiSchema } from '../swagger.js';
import {
  ActiveCountResource,
  StepFiguresResource,
  TaskFiguresResource,
  TemplateNameResource,
  WindowResource,
} from './figures.resource.js';
import { snakeCased, type SnakeCased } from './snake-case.js';

const SECONDS = { type: Number, nullable: true, example: 0.25 } as const;

@ApiSchema({ name: 'Throughput', description: 'Per minute of the window' })
export class ThroughputResource {
  @ApiProperty({ type: Number, description: 'Tasks that completed' }) tasks_per_minute!: number;
  @ApiProperty({ type: Number, description: 'Attempts that succeeded' }) steps_per_minute!: number;
}

@ApiSchema({ name: 'StepPerformance' })
export class StepPerformanceResource extends StepFiguresResource {
  @ApiProperty({ example: 'fetch_cart' }) name!: string;
}

@ApiSchema({ name: 'TemplatePerformance' })
export class TemplatePerformanceResource extends TemplateNameResource {
  @ApiProperty({ type: ActiveCountResource }) active_tasks!: ActiveCountResource;
  @ApiProperty({ type: TaskFiguresResource }) tasks!: TaskFiguresResource;
  @ApiProperty({
    type: [StepPerformanceResource],
    description: "In the template's order; those that something happened to",
  })
  steps!: StepPerformanceResource[];
}

@ApiSchema({ name: 'SeriesPoint' })
export class SeriesPointResource {
  @ApiProperty({ format: 'date-time', description: 'When the interval began' }) at!: string;
  @ApiProperty({ type: 'integer' }) created!: number;
  @ApiProperty({ type: 'integer' }) completed!: number;
  @ApiProperty({ type: 'integer' }) failed!: number;
  @ApiProperty({ type: 'integer' }) attempts_succeeded!: number;
  @ApiProperty({ type: 'integer' }) attempts_failed!: number;
  @ApiProperty({ type: 'integer' }) retries!: number;
  @ApiProperty({ ...SECONDS, description: 'Of tasks that were complete or in error then' }) mean_task_seconds!:
    number | null;
  @ApiProperty({ ...SECONDS, description: 'Of attempts that succeeded, failed or timed out then' })
  mean_attempt_seconds!: number | null;
}

@ApiSchema({ name: 'Performance' })
export class PerformanceResource extends WindowResource {
  @ApiProperty({ type: ActiveCountResource }) active_tasks!: ActiveCountResource;
  @ApiProperty({ type: ThroughputResource }) throughput!: ThroughputResource;
  @ApiProperty({ type: TaskFiguresResource }) tasks!: TaskFiguresResource;
  @ApiProperty({ type: StepFiguresResource }) steps!: StepFiguresResource;
  @ApiProperty({ type: [TemplatePerformanceResource], description: 'Those with the most attempts first' })
  templates!: TemplatePerformanceResource[];
  @ApiProperty({ type: 'integer', description: 'How many templates something happened to' }) template_count!: number;
  @ApiProperty({ type: [SeriesPointResource], description: 'Intervals in which something happened' })
  series!: SeriesPointResource[];
}

export const performanceResource = (report: PerformanceReport): PerformanceResource =>
  snakeCased(report) satisfies SnakeCased<PerformanceReport>;
