import type { INestApplication } from '@nestjs/common';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASE } from '../persistence/release.js';
import { TaskerError } from '../core/errors.js';
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
    .build();
  return SwaggerModule.createDocument(app, about, { include: [ApiModule] });
}

/**
 * Serves the document at `/<prefix>/openapi.json` and its page at `/<prefix>/docs`, with nothing from other hosts.
 * Call it before the application listens.
 *
 * @throws TaskerError `configuration_invalid` where `@nestjs/swagger` is not installed
 */
export function setupOpenApi(app: INestApplication, prefix = 'tasker'): void {
  const { SwaggerModule } = installed();
  SwaggerModule.setup(`${prefix}/docs`, withOwnAssets(app), () => openApiDocument(app) as never, {
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

/** Serves the page's files by routes, as Fastify could serve folders only with a package that nothing else here needs. */
function withOwnAssets(app: INestApplication): INestApplication {
  const http = app.getHttpAdapter();
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
    get: (target, key): unknown => (key === 'useStaticAssets' ? useStaticAssets : Reflect.get(target, key)),
  });
}
