import { IsOptional } from 'class-validator';
import type { JsonObject } from '../../core/json.js';
import { IsInstant, IsMap, IsText, IsTextList, IsWholeNumber } from '../request/checks.js';
import { CORRELATION_PATTERN } from '../request/correlation.js';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, ApiSchema } from '../swagger.js';

const MOST_TAGS = 50;
const MOST_STEPS = 32_000;

/** Run this template with this context. */
@ApiSchema({ name: 'NewTask' })
export class NewTaskBody {
  @ApiProperty({ description: "The template's name", maxLength: 255, example: 'api_integration_task' })
  @IsText()
  name!: string;

  @ApiProperty({
    description: "The task's input; must satisfy the template's schema",
    type: 'object',
    additionalProperties: true,
    example: { cart_id: 123 },
  })
  @IsMap()
  context!: JsonObject;

  @ApiProperty({ description: 'Who or what asks', maxLength: 255, example: 'web_interface' })
  @IsText()
  initiator!: string;

  @ApiProperty({ description: 'Why', maxLength: 4000, example: 'Process new order' })
  @IsText({ max: 4000 })
  reason!: string;

  @ApiProperty({ description: 'From which system', maxLength: 255, example: 'ecommerce' })
  @IsText()
  source_system!: string;

  @ApiPropertyOptional({ maxLength: 255, default: 'default' })
  @IsOptional()
  @IsText()
  namespace?: string;

  @ApiPropertyOptional({ description: 'The highest if not given', maxLength: 255, example: '0.1.0' })
  @IsOptional()
  @IsText()
  version?: string;

  @ApiPropertyOptional({ type: [String], maxItems: MOST_TAGS, example: ['order_processing', 'api_integration'] })
  @IsOptional()
  @IsTextList(MOST_TAGS)
  tags?: string[];

  @ApiPropertyOptional({ description: 'Higher first', type: 'integer', minimum: -100, maximum: 100, default: 0 })
  @IsOptional()
  @IsWholeNumber(-100, 100)
  priority?: number;

  @ApiPropertyOptional({ description: 'Not started before then', type: String, format: 'date-time' })
  @IsOptional()
  @IsInstant()
  run_at?: string;

  @ApiPropertyOptional({
    description:
      'The same key and request answer the first task again; the same key with another request is refused. ' +
      'The header `Idempotency-Key` says the same.',
    maxLength: 255,
  })
  @IsOptional()
  @IsText()
  idempotency_key?: string;

  @ApiPropertyOptional({ description: 'The header `X-Correlation-ID` says the same', maxLength: 255 })
  @IsOptional()
  @IsText({ pattern: CORRELATION_PATTERN, mustBe: 'consist of printable ASCII characters' })
  correlation_id?: string;

  @ApiPropertyOptional({ description: 'Names of steps to skip', type: [String] })
  @IsOptional()
  @IsTextList(MOST_STEPS)
  bypass_steps?: string[];
}

/** The same under `task`. */
@ApiSchema({ name: 'NestedNewTask' })
@ApiExtraModels(NewTaskBody)
export class NestedNewTaskBody {
  @ApiProperty({ type: NewTaskBody })
  task!: NewTaskBody;
}
