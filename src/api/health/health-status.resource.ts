import type { OverallHealth } from '../../health/health-status.js';
import type { SubscriptionState } from '../../persistence/stores/subscriptions.js';
import { SUBSCRIPTION_STATES } from '../../persistence/stores/subscriptions.js';
import { RegistryHealthResource } from '../registries/registry.resource.js';
import { Time } from '../request/time.decorator.js';
import { ApiExtraModels, ApiProperty, ApiSchema } from '../swagger.js';
import { Checks, type CheckResource } from './health.resource.js';

@ApiSchema({ name: 'HealthProcess', description: 'The process that answers' })
export class HealthProcessResource {
  @ApiProperty({ example: '0.1.0', description: "Tasker's" }) version!: string;
  @ApiProperty({ example: '20.19.0' }) node_version!: string;
  @ApiProperty({ description: 'Name of its worker' }) name!: string;
  @ApiProperty() host!: string;
  @ApiProperty({ type: 'integer' }) pid!: number;
  @ApiProperty({ type: [String], example: ['api', 'worker'] }) roles!: string[];
  @ApiProperty({ example: 'production' }) environment!: string;
  @ApiProperty({ type: 'integer' }) uptime_seconds!: number;
  @ApiProperty({ type: 'integer', description: 'The longest of the last five seconds' }) event_loop_lag_ms!: number;
}

@ApiSchema({ name: 'HealthWorker', description: 'The worker of this process' })
export class HealthWorkerResource {
  @ApiProperty({ enum: ['starting', 'live', 'draining', 'stopped'] }) state!: string;
  @ApiProperty({ type: 'integer' }) slots!: number;
  @Time('When it last asked for steps and was answered') last_poll_at!: string;
  @Time('When its last heartbeat was taken') last_beat_at!: string;
}

@ApiSchema({ name: 'HealthPool', description: 'Connections of this process' })
export class HealthPoolResource {
  @ApiProperty({ type: 'integer' }) most!: number;
  @ApiProperty({ type: 'integer' }) open!: number;
  @ApiProperty({ type: 'integer' }) in_use!: number;
  @ApiProperty({ type: 'integer', description: 'Requests that wait for one' }) waiting!: number;
}

@ApiSchema({ name: 'HealthDisk', description: 'Of the embedded database' })
export class HealthDiskResource {
  @ApiProperty({ type: 'integer', format: 'int64' }) free_bytes!: number;
  @ApiProperty({ type: 'integer', format: 'int64' }) total_bytes!: number;
}

@ApiSchema({ name: 'LivingWorker' })
export class LivingWorkerResource {
  @ApiProperty() name!: string;
  @ApiProperty() host!: string;
  @ApiProperty({ type: 'integer' }) pid!: number;
  @ApiProperty({ type: 'integer' }) slots!: number;
  @ApiProperty({ enum: ['live', 'draining'] }) state!: 'live' | 'draining';
  @Time() started_at!: string;
  @ApiProperty({ description: 'Since its last heartbeat' }) silent_seconds!: number;
}

@ApiSchema({ name: 'HealthWorkers', description: 'Workers of all processes that have neither ended nor been given up' })
export class HealthWorkersResource {
  @ApiProperty({ type: 'integer' }) alive!: number;
  @ApiProperty({ type: 'integer', description: 'For longer than a worker may be' }) silent!: number;
  @ApiProperty({ type: 'integer', description: 'Of those that take steps' }) slots!: number;
  @ApiProperty({ type: [LivingWorkerResource], description: 'Those longest silent first; 100 at most' })
  workers!: LivingWorkerResource[];
}

@ApiSchema({ name: 'HealthQueue', description: 'Steps that a worker may claim now' })
export class HealthQueueResource {
  @ApiProperty({ type: 'integer', description: '10,000 at most' }) ready!: number;
  @ApiProperty({ description: 'There are more than are counted' }) more!: boolean;
  @ApiProperty({ type: Number, nullable: true, description: 'Of those that are counted' })
  oldest_ready_seconds!: number | null;
}

@ApiSchema({ name: 'HealthSubscription' })
export class HealthSubscriptionResource {
  @ApiProperty() name!: string;
  @ApiProperty({ enum: SUBSCRIPTION_STATES }) state!: SubscriptionState;
  @ApiProperty({ type: 'integer', description: 'Rows of the audit that it has not read' }) lag_rows!: number;
  @ApiProperty({ description: 'Age of the oldest of them' }) lag_seconds!: number;
  @ApiProperty({ type: 'integer', description: 'Events that will be tried again' }) waiting!: number;
  @ApiProperty({ type: 'integer' }) parked!: number;
}

/** How this process and the whole cluster stand. */
@ApiSchema({ name: 'HealthStatus' })
@ApiExtraModels(RegistryHealthResource)
export class HealthStatusResource {
  @ApiProperty({
    enum: ['healthy', 'degraded', 'unhealthy'],
    description: '`degraded`: it works, but not all is as it should be; `unhealthy`: a check is down',
  })
  status!: OverallHealth;
  @Time() checked_at!: string;
  @Checks() checks!: Record<string, CheckResource>;
  @ApiProperty({ type: HealthProcessResource }) process!: HealthProcessResource;
  @ApiProperty({ type: HealthWorkerResource, nullable: true, description: 'Null without the role' })
  worker!: HealthWorkerResource | null;
  @ApiProperty({ type: HealthPoolResource }) pool!: HealthPoolResource;
  @ApiProperty({ type: HealthDiskResource, nullable: true }) disk!: HealthDiskResource | null;
  @ApiProperty({ type: HealthWorkersResource, nullable: true }) workers!: HealthWorkersResource | null;
  @ApiProperty({ type: HealthQueueResource, nullable: true }) queue!: HealthQueueResource | null;
  @ApiProperty({ type: [HealthSubscriptionResource], nullable: true })
  subscriptions!: HealthSubscriptionResource[] | null;
  @ApiProperty({
    description: 'Of this process, by name',
    type: 'object',
    nullable: true,
    additionalProperties: { $ref: '#/components/schemas/RegistryHealth' },
  })
  registries!: Record<string, RegistryHealthResource> | null;
}
