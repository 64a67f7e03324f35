import type { INestApplication } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASE } from '../persistence/release.js';
import { TaskerError } from '../core/errors.js';
import { API_KEY_HEADER } from '../auth/credentials.js';
import { guarded } from './access/guarded-routes.js';
import { SCHEMES } from './access/requires-permission.decorator.js';
import { ApiModule } from './api.module.js';
import { swagger } from './swagger.js';

/** What the page loads, by name and media type. */
const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui-standalone-preset.js': 'text/javascript; charset=utf-8',
  'favicon-16x16.png': 'image/png',
  'favicon-32x32.png': 'image/png',
};

/** An OpenAPI 3 document. */
export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, unknown>;
}

/**
 * Tasker's routes as OpenAPI 3 describes them; routes of the host are left out.
 *
 * @throws TaskerError `configuration_invalid` where `@nestjs/swagger` is not installed
 */
export function openApiDocument(app: INestApplication): OpenApiDocument {
  const { DocumentBuilder, SwaggerModule } = installed();
  const about = new DocumentBuilder()
    .setTitle('Tasker')
    .setDescription('Workflows of retryable steps, durable in PostgreSQL. Errors are problem details (RFC 9457).')
    .setVersion(RELEASE)
    .addApiKey({ type: 'apiKey', in: 'header', name: API_KEY_HEADER }, SCHEMES.apiKey)
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A JWT, or an API key' }, SCHEMES.bearer)
    .build();
  return SwaggerModule.createDocument(app, about, { include: [ApiModule] });
}

/**
 * Serves the document at `/<prefix>/openapi.json` and its page at `/<prefix>/docs`, with nothing from other hosts, to those
 * with the permission `tasker.documentation:show`.
 * Call it before the application listens.
 *
 * @throws TaskerError `configuration_invalid` where `@nestjs/swagger` is not installed
 */
export function setupOpenApi(app: INestApplication, prefix = 'tasker'): void {
  const { SwaggerModule } = installed();
  SwaggerModule.setup(`${prefix}/docs`, withOwnRoutes(app), () => openApiDocument(app) as never, {
    jsonDocumentUrl: `${prefix}/openapi.json`,
    raw: ['json'],
    customSiteTitle: 'Tasker',
    swaggerOptions: { validatorUrl: null },
    useGlobalPrefix: true,
  });
}

function installed(): NonNullable<typeof swagger> {
  if (swagger) return swagger;
  throw new TaskerError(
    'configuration_invalid',
    'The OpenAPI page needs @nestjs/swagger: install the one of your Nest major (npm install @nestjs/swagger@11 or @12).',
  );
}

interface Reply {
  type(mediaType: string): unknown;
  send(body: Buffer): unknown;
}

/**
 * Everything of the page is put behind the guard. Its files are served by routes, as Fastify could serve folders only with
 * a package that nothing else here needs.
 */
function withOwnRoutes(app: INestApplication): INestApplication {
  const http = guarded(app, app.getHttpAdapter());
  const useStaticAssets = (given: string | { root: string; prefix: string }, options?: { prefix: string }): void => {
    const { root, prefix } = typeof given === 'string' ? { root: given, prefix: options!.prefix } : given;
    for (const [name, type] of Object.entries(ASSETS)) {
      let content: Buffer | undefined;
      http.get(`${prefix}/${name}`, (_request: unknown, reply: Reply) => {
        reply.type(type);
        reply.send((content ??= readFileSync(join(root, name))));
      });
    }
  };
  return new Proxy(app, {
    get: (target, key): unknown => {
      if (key === 'getHttpAdapter') return () => http;
      return key === 'useStaticAssets' ? useStaticAssets : Reflect.get(target, key);
    },
  });
}
