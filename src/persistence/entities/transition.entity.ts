import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StepState, TaskState } from '../../core/states.js';

/** Why a row of the audit trail was written; the database's type `cause`, in the same order. */
export const CAUSES = [
  'created',
  'bypassed',
  'ready',
  'started',
  'claimed',
  'handed_off',
  'succeeded',
  'failed',
  'timed_out',
  'worker_lost',
  'released',
  'refused',
  'retried',
  'resolved',
  'completed',
  'skipped',
  'expired',
  'revived',
  'paused',
  'resumed',
  'updated',
  'cancelled',
] as const;
export type Cause = (typeof CAUSES)[number];

/** Number of the rows that speak of the task itself. */
export const TASK_ROW = -1;

/** One row of the audit trail: never changed, dropped only with its task. */
@Entity({ name: 'transition', synchronize: false })
export class TransitionEntity {
  @PrimaryColumn('uuid', { name: 'task_id' }) taskId!: string;
  /** The step's number, or TASK_ROW. */
  @PrimaryColumn('int2', { name: 'step_no' }) stepNo!: number;
  /** The step's attempt, or the task's revision. */
  @PrimaryColumn('int2') attempt!: number;
  @PrimaryColumn('text') cause!: Cause;
  @Column('timestamptz') at!: Date;
  @Column('text', { name: 'from_state', nullable: true }) from!: TaskState | StepState | null;
  /** Null where nothing moved: a refused result, a pause, other values, or a step that waits and is due at once. */
  @Column('text', { name: 'to_state', nullable: true }) to!: TaskState | StepState | null;
  @Column('int', { name: 'worker_id', nullable: true }) workerId!: number | null;
  /** The operator, where one acted. */
  @Column('text', { nullable: true }) actor!: string | null;
  @Column('text', { nullable: true }) reason!: string | null;
  /** The attempt's error, what was refused, or the values of an update (with `step_no` where they are a step's). */
  @Column('json', { nullable: true }) detail!: unknown;
}
