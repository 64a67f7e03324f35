import { IsOptional } from 'class-validator';
import { IsText, IsTextList, IsWholeNumber } from '../request/checks.js';
import { ReasonBody } from '../request/reason.js';
import { ApiPropertyOptional, ApiSchema } from '../swagger.js';

const MOST_TAGS = 50;
const MOST_ATTEMPTS = 32_000;

@ApiSchema({ name: 'TaskRetry' })
export class TaskRetryBody extends ReasonBody {
  @ApiPropertyOptional({
    description: 'Attempts that each failed step gets from now on, if it is retryable',
    type: 'integer',
    minimum: 1,
    maximum: MOST_ATTEMPTS,
  })
  @IsOptional()
  @IsWholeNumber(1, MOST_ATTEMPTS)
  retry_limit?: number;
}

/** What a task is given in place of what it has; at least one. */
@ApiSchema({ name: 'TaskChanges' })
export class TaskChangesBody {
  @ApiPropertyOptional({ description: 'All of them', type: [String], maxItems: MOST_TAGS, example: ['urgent'] })
  @IsOptional()
  @IsTextList(MOST_TAGS)
  tags?: string[];

  @ApiPropertyOptional({ description: "The task's own", maxLength: 4000 })
  @IsOptional()
  @IsText({ max: 4000 })
  reason?: string;

  @ApiPropertyOptional({ description: 'Also of its unfinished steps', type: 'integer', minimum: -100, maximum: 100 })
  @IsOptional()
  @IsWholeNumber(-100, 100)
  priority?: number;
}
