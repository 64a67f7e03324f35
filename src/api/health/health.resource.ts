import { ApiProperty, ApiSchema } from '../swagger.js';

@ApiSchema({ name: 'Check' })
export class CheckResource {
  @ApiProperty({ enum: ['up', 'down'] }) status!: 'up' | 'down';
  @ApiProperty({ example: 'answered in 2 ms' }) detail!: string;
}

/** Whether requests and steps should be sent here. */
@ApiSchema({ name: 'Readiness' })
export class ReadinessResource {
  @ApiProperty({ enum: ['ready', 'not_ready'] }) status!: 'ready' | 'not_ready';
  @ApiProperty({
    description: 'By name',
    type: 'object',
    additionalProperties: { $ref: '#/components/schemas/Check' },
    example: { database: { status: 'up', detail: 'answered in 2 ms' } },
  })
  checks!: Record<string, CheckResource>;
}

@ApiSchema({ name: 'Liveness' })
export class LivenessResource {
  @ApiProperty({ enum: ['live'] }) status!: 'live';
}
