import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** One incarnation of a worker process. */
@Entity({ name: 'worker', synchronize: false })
export class WorkerEntity {
  @PrimaryGeneratedColumn() id!: number;
  @Column('text') name!: string;
  @Column('text') host!: string;
  @Column('int') pid!: number;
  @Column('int') slots!: number;
  @Column('text') state!: 'live' | 'draining' | 'stopped' | 'lost';
  @Column('timestamptz', { name: 'started_at' }) startedAt!: Date;
  @Column('timestamptz', { name: 'seen_at' }) seenAt!: Date;
}
