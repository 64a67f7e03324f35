import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StoredFailure } from '../../core/failure.js';
import type { StepState } from '../../core/states.js';

/** A node of a task. Its name and edges stand with the template. Only the functions in `sql/` move its state. */
@Entity({ name: 'step', synchronize: false })
export class StepEntity {
  @PrimaryColumn('uuid', { name: 'task_id' }) taskId!: string;
  /** Position in the template's list of steps, from 0. */
  @PrimaryColumn('int2', { name: 'step_no' }) stepNo!: number;
  /** Attempts so far, the running one included. */
  @Column('int2') attempt!: number;
  @Column('int2') forgiven!: number;
  @Column('int2', { name: 'retry_limit' }) retryLimit!: number;
  @Column('int2', { name: 'remaining_parents' }) remainingParents!: number;
  @Column('int', { name: 'worker_id', nullable: true }) workerId!: number | null;
  @Column('text') state!: StepState;
  @Column('boolean') held!: boolean;
  @Column('timestamptz', { name: 'ready_at', nullable: true }) readyAt!: Date | null;
  @Column('timestamptz', { name: 'due_at', nullable: true }) dueAt!: Date | null;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
  @Column('json', { nullable: true }) result!: unknown;
  @Column('json', { nullable: true }) error!: StoredFailure | null;
}
