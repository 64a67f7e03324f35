import type { TransitionView } from '../../client/views.js';
import { STEP_STATES, TASK_STATES, type StepState, type TaskState } from '../../core/states.js';
import { ApiProperty, ApiSchema } from '../swagger.js';

const TEXT = { type: String, nullable: true } as const;
const STATE = { enum: [...new Set([...TASK_STATES, ...STEP_STATES])], enumName: 'State', nullable: true };

/** One move of the task or of one of its steps. */
@ApiSchema({ name: 'Transition' })
export class TransitionResource {
  @ApiProperty({ ...TEXT, description: 'Name of the step; null where the task itself moved' }) step!: string | null;
  @ApiProperty({ type: 'integer', nullable: true }) attempt!: number | null;
  @ApiProperty(STATE) from!: TaskState | StepState | null;
  @ApiProperty({ ...STATE, description: 'Null where nothing moved: a refused result' }) to!:
    TaskState | StepState | null;
  @ApiProperty({ example: 'succeeded' }) cause!: string;
  @ApiProperty({ format: 'date-time' }) at!: string;
  @ApiProperty(TEXT) worker!: string | null;
  @ApiProperty({ ...TEXT, description: 'The operator, where one acted' }) actor!: string | null;
  @ApiProperty(TEXT) reason!: string | null;
}

@ApiSchema({ name: 'Transitions' })
export class TransitionsResource {
  @ApiProperty({ description: 'Oldest first', type: [TransitionResource] }) transitions!: TransitionResource[];
}

export const transitionResource = (view: TransitionView): TransitionResource => ({
  step: view.step,
  attempt: view.attempt,
  from: view.from,
  to: view.to,
  cause: view.cause,
  at: view.at.toISOString(),
  worker: view.worker,
  actor: view.actor,
  reason: view.reason,
});
