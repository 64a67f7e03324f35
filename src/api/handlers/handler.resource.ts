import { BACKOFF_KINDS, type BackoffKind } from '../../core/backoff.js';
import type { JsonObject } from '../../core/json.js';
import { FAILURE_STRATEGIES, type FailureStrategy } from '../../core/template.js';
import { ApiProperty, ApiSchema } from '../swagger.js';

const TEXT = { type: String, nullable: true } as const;

/** A task template by name, in all of its versions. */
@ApiSchema({ name: 'HandlerSummary' })
export class HandlerSummaryResource {
  @ApiProperty({ example: 'payments' }) namespace!: string;
  @ApiProperty({ example: 'payment_processor' }) name!: string;
  @ApiProperty({ type: [String], description: 'Lowest first', example: ['0.9.0', '0.10.0'] }) versions!: string[];
  @ApiProperty({ description: 'What a task gets that names no version', example: '0.10.0' }) latest_version!: string;
  @ApiProperty({ ...TEXT, description: 'Of the latest version' }) description!: string | null;
}

@ApiSchema({ name: 'Namespace' })
export class NamespaceResource {
  @ApiProperty({ example: 'payments' }) namespace!: string;
  @ApiProperty({ type: 'integer' }) total_handlers!: number;
  @ApiProperty({ type: [HandlerSummaryResource] }) handlers!: HandlerSummaryResource[];
}

@ApiSchema({ name: 'Namespaces' })
export class NamespacesResource {
  @ApiProperty({ type: 'integer' }) total_namespaces!: number;
  @ApiProperty({ type: [NamespaceResource] }) namespaces!: NamespaceResource[];
}

@ApiSchema({ name: 'RetryBackoff' })
export class RetryBackoffResource {
  @ApiProperty({ enum: BACKOFF_KINDS }) kind!: BackoffKind;
  @ApiProperty({ description: 'Seconds before the second attempt' }) initial_delay!: number;
  @ApiProperty({ description: 'Seconds; no computed delay is longer' }) max_delay!: number;
  @ApiProperty() multiplier!: number;
  @ApiProperty({ description: 'Share of the delay by which it may differ, 0 to 1' }) jitter!: number;
}

@ApiSchema({ name: 'StepTemplate' })
export class StepTemplateResource {
  @ApiProperty({ example: 'fetch_cart' }) name!: string;
  @ApiProperty(TEXT) description!: string | null;
  @ApiProperty({ description: 'Name of its step handler', example: 'fetch_cart' }) handler_class!: string;
  @ApiProperty({ type: [String], description: 'Names of its parents' }) depends_on_steps!: string[];
  @ApiProperty({ type: [String], description: 'Names of the steps that wait for it' }) dependents!: string[];
  @ApiProperty({ type: 'integer', description: 'Longest way from a first step, from 0' }) level!: number;
  @ApiProperty({ type: 'object', additionalProperties: true, description: 'As written: `${NAME}` is not filled in' })
  handler_config!: JsonObject;
  @ApiProperty({ ...TEXT, example: 'ecommerce_system' }) dependent_system!: string | null;
  @ApiProperty() retryable!: boolean;
  @ApiProperty({ type: 'integer', description: 'Attempts in all, the first included' }) retry_limit!: number;
  @ApiProperty() timeout_seconds!: number;
  @ApiProperty({ type: RetryBackoffResource }) retry_backoff!: RetryBackoffResource;
  @ApiProperty({ description: 'Whether the task goes on where it fails' }) skippable!: boolean;
}

@ApiSchema({ name: 'DependencyEdge' })
export class DependencyEdgeResource {
  @ApiProperty({ description: 'Name of the parent' }) from!: string;
  @ApiProperty({ description: 'Name of the step that waits for it' }) to!: string;
}

@ApiSchema({ name: 'DependencyGraph' })
export class DependencyGraphResource {
  @ApiProperty({ type: [String], description: "Names of the steps, in the template's order" }) nodes!: string[];
  @ApiProperty({ type: [DependencyEdgeResource], description: 'One for each parent of each step' })
  edges!: DependencyEdgeResource[];
  @ApiProperty({
    type: 'array',
    items: { type: 'array', items: { type: 'string' } },
    description: 'Names of the steps by level: those of one level may run side by side',
    example: [['fetch_cart', 'fetch_products'], ['validate_products']],
  })
  levels!: string[][];
}

/** One version of a task template. */
@ApiSchema({ name: 'Handler' })
export class HandlerResource extends HandlerSummaryResource {
  @ApiProperty({ example: '0.10.0' }) version!: string;
  @ApiProperty({ example: 'payments.payment_processor@0.10.0' }) full_name!: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'JSON Schema of the context',
  })
  schema!: JsonObject | null;
  @ApiProperty({ enum: FAILURE_STRATEGIES }) failure_strategy!: FailureStrategy;
  @ApiProperty({ type: Number, nullable: true }) max_duration_seconds!: number | null;
  @ApiProperty({ type: [StepTemplateResource] }) steps!: StepTemplateResource[];
  @ApiProperty({ type: DependencyGraphResource }) dependency_graph!: DependencyGraphResource;
}
