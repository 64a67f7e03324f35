import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { callerOf } from '../../auth/caller.js';
import { ApiHeader } from '../swagger.js';
import type { CorrelatedRequest } from './correlation.js';
import { invalid } from './read.js';

export const ACTOR_HEADER = 'X-Actor';

/** Who does what nobody says who does. */
const UNNAMED = 'api';
/** What can stand in a header, and in a log line, as it is. */
const NAME = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/**
 * Who acts, for the audit trail: who was let in, or where nobody is asked who they are, who the request says in its header.
 *
 * @throws TaskerError `request_invalid` where the header holds no name
 */
export function actorOf(request: CorrelatedRequest): string {
  const { principal } = callerOf(request);
  if (principal !== null) return principal.name;
  const { headers } = request;
  const given = headers[ACTOR_HEADER.toLowerCase()];
  if (given === undefined) return UNNAMED;
  if (typeof given === 'string' && NAME.test(given)) return given;
  throw invalid([{ path: ACTOR_HEADER, message: 'must be 1 to 255 printable ASCII characters' }]);
}

export const Actor = createParamDecorator((_data: unknown, context: ExecutionContext): string =>
  actorOf(context.switchToHttp().getRequest<CorrelatedRequest>()),
);

/** Documents the header. */
export const ApiActor = (): MethodDecorator & ClassDecorator =>
  applyDecorators(
    ApiHeader({
      name: ACTOR_HEADER,
      required: false,
      description: `Who acts: kept in the audit trail, where nobody is asked who they are. \`${UNNAMED}\` if not given`,
      schema: { type: 'string', maxLength: 255, example: 'ann@example.org' },
    }),
  );
