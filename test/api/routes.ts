import type { INestApplication } from '@nestjs/common';
import type { Adapter } from './api-server.js';

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

/** Every route that a running application answers, as its HTTP server knows them: `GET /tasker/tasks/:task_id`. */
export function routesOf(app: INestApplication, adapter: Adapter): string[] {
  const server: unknown = app.getHttpAdapter().getInstance();
  const routes = adapter === 'express' ? ofExpress(server) : ofFastify(server);
  return [...new Set(routes)].filter((route) => !/^(HEAD|OPTIONS|SEARCH) /.test(route) && !route.includes('*')).sort();
}

function ofExpress(server: unknown): string[] {
  const { stack } = (server as { router: { stack: Layer[] } }).router;
  return stack.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${trimmed(route.path)}`) : [],
  );
}

/** Fastify draws its routes as a tree. */
function ofFastify(server: unknown): string[] {
  const tree = (server as { printRoutes(options: object): string }).printRoutes({ commonPrefix: false });
  const parents: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const match = /^([│ ]*)[├└]── (\S*) ?(?:\(([A-Z, ]+)\))?/.exec(line);
    if (!match) return [];
    const depth = match[1]!.length / 4;
    const path = (depth === 0 ? '' : parents[depth - 1]!) + match[2]!;
    parents[depth] = path;
    return (match[3] ?? '')
      .split(', ')
      .filter(Boolean)
      .map((method) => `${method} ${trimmed(path)}`);
  });
}

const trimmed = (path: string): string => path.replace(/(.)\/$/, '$1');
