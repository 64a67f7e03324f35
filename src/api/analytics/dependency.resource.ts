import type { DependencyAnalysisView } from '../../client/dependency-view.js';
import { maskedText } from '../../core/masked-text.js';
import { STEP_STATES, type StepState } from '../../core/states.js';
import { Time } from '../request/time.decorator.js';
import { ApiProperty, ApiSchema } from '../swagger.js';
import { snakeCased } from './snake-case.js';

const TEXT = { type: String, nullable: true } as const;
const NAMES: { type: [StringConstructor] } = { type: [String] };

@ApiSchema({ name: 'CriticalPathStep' })
export class CriticalPathStepResource {
  @ApiProperty({ example: 'fetch_cart' }) name!: string;
  @ApiProperty({ enum: STEP_STATES }) status!: StepState;
  @ApiProperty({ type: Number, description: "From its first attempt's begin until it was over, or until now" })
  duration_seconds!: number;
  @ApiProperty({ type: Number, nullable: true, description: 'From when it could first start until it did' })
  wait_seconds!: number | null;
}

@ApiSchema({ name: 'CriticalPath' })
export class CriticalPathResource {
  @ApiProperty({ type: [CriticalPathStepResource] }) steps!: CriticalPathStepResource[];
  @ApiProperty({ type: Number, description: 'Sum over its steps' }) duration_seconds!: number;
  @ApiProperty({
    description: 'Whether all of its steps are over; while not, steps that have not begun count as nothing',
  })
  finished!: boolean;
}

@ApiSchema({ name: 'Parallelism' })
export class ParallelismResource {
  @ApiProperty({ type: 'integer' }) levels!: number;
  @ApiProperty({ type: 'integer', description: 'Steps on the widest level' }) max_width!: number;
  @ApiProperty({ type: Number, description: 'Steps per level' }) average_width!: number;
  @ApiProperty({ type: 'integer', description: 'Attempts that ran at the same time, at most' }) max_running!: number;
  @ApiProperty({ type: Number, description: 'The same on average, over the time in which any ran' })
  average_running!: number;
}

@ApiSchema({ name: 'ErrorChain' })
export class ErrorChainResource {
  @ApiProperty({ example: 'charge_card' }) step!: string;
  @ApiProperty({ enum: STEP_STATES }) status!: StepState;
  @ApiProperty({ type: 'integer' }) attempts!: number;
  @ApiProperty({ type: 'integer' }) retry_limit!: number;
  @Time('Null where it is not tried again by itself') next_retry_at!: string | null;
  @ApiProperty(TEXT) error_class!: string | null;
  @ApiProperty(TEXT) error_code!: string | null;
  @ApiProperty(TEXT) message!: string | null;
  @ApiProperty({ type: 'integer', description: 'How many steps cannot start because of it' }) blocked_count!: number;
  @ApiProperty({ ...NAMES, description: 'The first 100 of them' }) blocked_steps!: string[];
}

@ApiSchema({ name: 'DependencyAnalysis' })
export class DependencyAnalysisResource {
  @ApiProperty({
    type: 'array',
    items: { type: 'array', items: { type: 'string' } },
    description: 'Names of steps: roots first, then those whose deepest parent is on the level before',
  })
  levels!: string[][];
  @ApiProperty({
    type: CriticalPathResource,
    description: 'From a root to a step without dependents, the path that took longest',
  })
  critical_path!: CriticalPathResource;
  @ApiProperty({ type: ParallelismResource }) parallelism!: ParallelismResource;
  @ApiProperty({ ...NAMES, description: 'May start, as far as their parents are concerned' }) ready_steps!: string[];
  @ApiProperty(NAMES) running_steps!: string[];
  @ApiProperty({ ...NAMES, description: 'Depend on what has failed or was cancelled: an operator has to act' })
  blocked_steps!: string[];
  @ApiProperty({
    type: [ErrorChainResource],
    description:
      'Failed and cancelled steps, and those that wait to be tried again, with what they hold up: most first',
  })
  error_chains!: ErrorChainResource[];
}

export const dependencyResource = (
  view: DependencyAnalysisView,
  maskedFields: readonly string[],
): DependencyAnalysisResource =>
  snakeCased({
    ...view,
    errorChains: view.errorChains.map((chain) => ({
      ...chain,
      message: chain.message === null ? null : maskedText(chain.message, maskedFields),
    })),
  });
