import type { HttpServer, INestApplication } from '@nestjs/common';
import { Access, type AccessRequest } from '../../auth/access.js';
import type { Requirement } from '../../auth/requirement.js';
import { writeProblem, type ProblemWriter } from '../problem/write-problem.js';
import type { CorrelatedRequest, HeaderWriter } from '../request/correlation.js';
import { secure } from './secure-headers.js';

type Route = (request: never, response: never, next?: never) => unknown;
type Response = HeaderWriter & ProblemWriter;

const TO_READ: Requirement = {
  permissions: ['tasker.documentation:show'],
  of: () => 'tasker.documentation:show',
  spansNamespaces: false,
};

/** An HTTP server on which every `get` is guarded as those of controllers are: the pages of others are put on it. */
export function guarded(app: INestApplication, server: HttpServer): HttpServer {
  const guard = (route: Route) => async (request: AccessRequest & CorrelatedRequest, response: Response) => {
    try {
      secure(response);
      await app.get(Access, { strict: false }).enter(request, TO_READ);
      return await route(request as never, response as never);
    } catch (error) {
      return writeProblem(error, request, response);
    }
  };
  const get = (path: string, route: Route): unknown => server.get(path, guard(route));
  return new Proxy(server, {
    get: (target, key): unknown => {
      if (key === 'get') return get;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
