import type { CheckStatus } from '../../health/probe.js';
import { ApiProperty, ApiSchema } from '../swagger.js';

@ApiSchema({ name: 'Check' })
export class CheckResource {
  @ApiProperty({
    enum: ['up', 'degraded', 'down'],
    description: '`degraded` works, but is worth a look; only `down` makes a process not ready',
  })
  status!: CheckStatus;
  @ApiProperty({ example: 'answered in 2 ms' }) detail!: string;
  @ApiProperty({ example: 1.4, description: 'How long the answer took; 0 where nothing had to be asked' })
  latency_ms!: number;
}

/** Documents checks by their names. */
export const Checks = (): PropertyDecorator =>
  ApiProperty({
    description:
      'By name: `database`, `migrations`, `event_loop`, `registries`; `worker` with that role, `disk` with an embedded ' +
      'database, `shutdown` while the process stops; in the status also `workers` and `subscriptions` of the cluster',
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/Check' },
    example: { database: { status: 'up', detail: 'answered in 2 ms', latency_ms: 1.4 } },
  });

/** Whether requests and steps should be sent here. */
@ApiSchema({ name: 'Readiness' })
export class ReadinessResource {
  @ApiProperty({ enum: ['ready', 'not_ready'] }) status!: 'ready' | 'not_ready';
  @Checks() checks!: Record<string, CheckResource>;
}

@ApiSchema({ name: 'Liveness' })
export class LivenessResource {
  @ApiProperty({ enum: ['live'] }) status!: 'live';
}
