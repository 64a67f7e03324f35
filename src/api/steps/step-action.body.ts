import { IsOptional } from 'class-validator';
import type { Json, JsonObject } from '../../core/json.js';
import { IsJson, IsMap, IsOneOf, IsText, IsWholeNumber } from '../request/checks.js';
import { ApiProperty, ApiPropertyOptional, ApiSchema } from '../swagger.js';

/** A step is cancelled by DELETE, and updated by leaving the action out. */
export const STEP_ACTIONS = ['retry', 'resolve', 'complete', 'skip'] as const;
export type StepAction = (typeof STEP_ACTIONS)[number];

const MOST_ATTEMPTS = 32_000;

/** What to do to a step, or without an action what to change of it. */
@ApiSchema({ name: 'StepAction' })
export class StepActionBody {
  @ApiPropertyOptional({
    description: 'Without one, `retry_limit`, `inputs` or both are changed and nothing else happens',
    enum: STEP_ACTIONS,
    example: 'retry',
  })
  @IsOptional()
  @IsOneOf(STEP_ACTIONS)
  action?: StepAction;

  @ApiProperty({ description: 'Kept in the audit trail', maxLength: 4000, example: 'The gateway is back' })
  @IsText({ max: 4000 })
  reason!: string;

  @ApiPropertyOptional({
    description: 'Any JSON but null. Required by `complete`; `resolve` takes them, too',
    type: Object,
    example: { order_id: 17 },
  })
  @IsOptional()
  @IsJson()
  results?: Json;

  @ApiPropertyOptional({
    description: 'Attempts that it gets from now on; with `retry`, or without an action',
    type: 'integer',
    minimum: 1,
    maximum: MOST_ATTEMPTS,
  })
  @IsOptional()
  @IsWholeNumber(1, MOST_ATTEMPTS)
  retry_limit?: number;

  @ApiPropertyOptional({
    description: "What its handler is given from now on in place of the template's; with `retry`, or without an action",
    type: 'object',
    additionalProperties: true,
  })
  @IsOptional()
  @IsMap()
  inputs?: JsonObject;
}
