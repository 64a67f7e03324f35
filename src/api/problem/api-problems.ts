import { applyDecorators } from '@nestjs/common';
import { ProblemResource } from './problem.resource.js';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '../swagger.js';

const MEANINGS: Record<number, string> = {
  400: 'Malformed or invalid: every finding at once, unknown fields included',
  401: 'Nobody knows who asks: see WWW-Authenticate',
  403: 'Who asks may not do this',
  404: 'Not found: near names are suggested',
  409: 'In conflict with the state of things, which the detail names',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: "The context violates the template's schema: every violation with its path",
  429: "More requests than the caller's share, or as many tasks of the template wait as its queue takes: see Retry-After",
  500: 'The server failed',
  503: 'The database cannot be reached, or there is too much to do: see Retry-After',
};

/** Documents the problems that a route may answer, besides those that any may. */
export const ApiProblems = (...statuses: number[]): MethodDecorator & ClassDecorator =>
  applyDecorators(
    ApiExtraModels(ProblemResource),
    ...[...new Set([...statuses, 429, 500, 503])].map((status) =>
      ApiResponse({
        status,
        description: MEANINGS[status] ?? '',
        content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemResource) } } },
      }),
    ),
  );
