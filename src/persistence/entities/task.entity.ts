import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TaskState } from '../../core/states.js';

/** One run of a template. Only the functions in `sql/` move its state. */
@Entity({ name: 'task', synchronize: false })
export class TaskEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('int', { name: 'template_id' }) templateId!: number;
  @Column('text') state!: TaskState;
  @Column('int2') priority!: number;
  @Column('int2', { name: 'remaining_sinks' }) remainingSinks!: number;
  @Column('int2', { name: 'failed_steps' }) failedSteps!: number;
  @Column('timestamptz', { name: 'paused_at', nullable: true }) pausedAt!: Date | null;
  /** Not started before then; null for at once. */
  @Column('timestamptz', { name: 'run_at', nullable: true }) runAt!: Date | null;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  /** When it came to rest, in `error` too; null again once it is revived. */
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
  @Column('jsonb') context!: unknown;
  @Column('jsonb', { nullable: true }) annotations!: unknown;
  @Column('text') initiator!: string;
  @Column('text') reason!: string;
  @Column('text', { name: 'source_system' }) sourceSystem!: string;
  @Column('text', { array: true }) tags!: string[];
  @Column('text', { name: 'correlation_id' }) correlationId!: string;
  @Column('text', { nullable: true }) traceparent!: string | null;
  @Column('text', { name: 'idempotency_key', nullable: true }) idempotencyKey!: string | null;
}
