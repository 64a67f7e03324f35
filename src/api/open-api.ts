import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { RELEASE } from '../persistence/release.js';
import { ApiModule } from './api.module.js';

/** Tasker's routes as OpenAPI 3 describes them; routes of the host are left out. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
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
 */
export function setupOpenApi(app: INestApplication, prefix = 'tasker'): void {
  SwaggerModule.setup(`${prefix}/docs`, app, () => openApiDocument(app), {
    jsonDocumentUrl: `${prefix}/openapi.json`,
    raw: ['json'],
    customSiteTitle: 'Tasker',
    swaggerOptions: { validatorUrl: null },
    useGlobalPrefix: true,
  });
}
