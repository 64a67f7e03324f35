import { applyDecorators } from '@nestjs/common';
import { IsOptional } from 'class-validator';
import {
  DEFAULT_LIMIT,
  DEFAULT_WINDOW,
  KEPT_DAYS,
  LONGEST_DAYS,
  MOST_ROWS,
  type AnalyticsRequest,
} from '../../analytics/analytics-request.js';
import type { Caller } from '../../auth/caller.js';
import { IsInstant, IsText, IsWholeNumber } from '../request/checks.js';
import { parseInstant } from '../request/instant.js';
import { ApiQuery } from '../swagger.js';

/** What a question about figures may say. */
export class AnalyticsFilter {
  @IsOptional() @IsText() namespace?: string;
  @IsOptional() @IsText() name?: string;
  @IsOptional() @IsText() version?: string;
  @IsOptional() @IsText() step?: string;
  @IsOptional() @IsText({ max: 32 }) window?: string;
  @IsOptional() @IsInstant() from?: string;
  @IsOptional() @IsInstant() to?: string;
  @IsOptional() @IsWholeNumber(1, MOST_ROWS, { text: true }) limit?: string;
}

/** Narrowed to what the caller may see. */
export const requestOf = ({ from, to, limit, ...rest }: AnalyticsFilter, caller: Caller): AnalyticsRequest => ({
  ...rest,
  from: momentOf(from),
  to: momentOf(to),
  limit: limit === undefined ? undefined : Number(limit),
  visibleTo: caller,
});

const momentOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : (parseInstant(text) ?? undefined);

const query = (name: string, description?: string, example?: string): MethodDecorator =>
  ApiQuery({ name, required: false, type: String, description, example });

/** Documents the query. @param rows - what `limit` limits */
export const ApiAnalyticsQuery = (rows: string): MethodDecorator =>
  applyDecorators(
    query('namespace'),
    query('name', undefined, 'api_integration_task'),
    query('version'),
    query('step', 'Only steps of this name; figures of tasks are then zero'),
    query('window', `The time up to \`to\`: 1m to ${LONGEST_DAYS}d; ${DEFAULT_WINDOW} if not given`, '24h'),
    query('from', `ISO 8601, in the place of \`window\`; at most ${KEPT_DAYS} days ago`),
    query('to', 'ISO 8601; this moment if not given'),
    ApiQuery({
      name: 'limit',
      required: false,
      type: Number,
      description: `${rows}, 1 to ${MOST_ROWS}; ${DEFAULT_LIMIT} if not given`,
    }),
  );
