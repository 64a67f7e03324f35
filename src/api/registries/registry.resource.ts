import type { JsonObject } from '../../core/json.js';
import { CAPABILITIES, type Capability } from '../../registry/registered-step-handler.js';
import { ISOLATIONS, type Isolation } from '../../registry/step-handler.decorator.js';
import type { RegistryHealth, RegistryStats } from '../../registry/registry-kind.js';
import { Time } from '../request/time.decorator.js';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '../swagger.js';

@ApiSchema({ name: 'RegistryStats', description: 'What every registry counts, and what only some do' })
export class RegistryStatsResource {
  @ApiProperty({ example: 'handlers' }) registry_name!: string;
  @ApiProperty({ type: 'integer' }) total!: number;
  @ApiProperty({ description: 'Readers never see half of a change' }) thread_safe!: boolean;
  @Time('Null before the first') last_registration!: string | null;
  @ApiPropertyOptional({ type: 'integer', description: 'Of `handlers`: every version counts' }) total_handlers?: number;
  @ApiPropertyOptional({ type: [String], description: 'Of `handlers`' }) namespaces?: string[];
  @ApiPropertyOptional({ type: [String], description: 'Of `handlers`, lowest first' }) versions?: string[];
  @ApiPropertyOptional({ type: 'integer', description: 'Of `plugins`' }) total_plugins?: number;
  @ApiPropertyOptional({ type: [String], description: 'Of `plugins`' }) supported_formats?: string[];
  @ApiPropertyOptional({ type: 'integer', description: 'Of `subscribers`' }) total_subscribers?: number;
  @ApiPropertyOptional({ type: 'integer', description: 'Of `subscribers`: how many events have one' })
  total_events?: number;
  @ApiPropertyOptional({ type: [String], description: 'Of `subscribers`: the events that have one' })
  events_covered?: string[];
}

@ApiSchema({ name: 'RegistryHealth' })
export class RegistryHealthResource {
  @ApiProperty({ enum: ['healthy', 'unhealthy'] }) status!: 'healthy' | 'unhealthy';
  @ApiProperty({ type: 'integer' }) registry_size!: number;
  @ApiProperty() thread_safe!: boolean;
  @ApiProperty({ type: [String] }) problems!: string[];
}

@ApiSchema({ name: 'Registry' })
export class RegistryResource {
  @ApiProperty({ example: 'step_handlers' }) name!: string;
  @ApiProperty({ type: RegistryStatsResource }) stats!: RegistryStats;
  @ApiProperty({ type: RegistryHealthResource }) health!: RegistryHealth;
}

@ApiSchema({ name: 'Registries' })
export class RegistriesResource {
  @ApiProperty({ type: [RegistryResource] }) registries!: RegistryResource[];
}

/** A handler with every name that finds it. */
@ApiSchema({ name: 'StepHandler' })
export class StepHandlerResource {
  @ApiProperty({ example: 'fetch_cart' }) name!: string;
  @ApiProperty({ type: [String], description: 'Further names that it is registered under' }) aliases!: string[];
  @ApiProperty({ example: 'FetchCartHandler' }) class_name!: string;
  @ApiProperty({ type: [String], description: 'All that a template may write in `handler_class`' }) names!: string[];
  @ApiProperty({ enum: CAPABILITIES, isArray: true, description: 'What its class implements' })
  capabilities!: Capability[];
  @ApiProperty({
    description: 'JSON Schema that the `handler_config` of its steps satisfies',
    type: 'object',
    additionalProperties: true,
    nullable: true,
  })
  config_schema!: JsonObject | null;
  @ApiProperty({ type: String, nullable: true, description: 'Of steps whose template names none' })
  dependent_system!: string | null;
  @ApiProperty({ enum: ISOLATIONS, description: 'Whether its steps run in worker threads' }) isolation!: Isolation;
}

@ApiSchema({ name: 'StepHandlers' })
export class StepHandlersResource {
  @ApiProperty({ type: 'integer' }) total!: number;
  @ApiProperty({ type: [StepHandlerResource] }) step_handlers!: StepHandlerResource[];
}
