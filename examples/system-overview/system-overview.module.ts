import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { TaskerModule } from 'nest-tasker';
import { ApiIntegrationModule } from '../api-integration/api-integration.module.js';
import { IntegrationYamlExample } from './integration-yaml-example.handler.js';
import { NotificationCenter } from './notification-center.service.js';
import { NotificationSubscriber } from './notification.subscriber.js';
import { StorefrontApiController } from './storefront-api.controller.js';

/** The workflow of the overview: its template, run by the step handlers of api-integration, and what it needs to run here. */
@Module({
  imports: [TaskerModule.forFeature({ templates: [join(__dirname, 'templates')] }), ApiIntegrationModule],
  controllers: [StorefrontApiController],
  providers: [IntegrationYamlExample, NotificationCenter, NotificationSubscriber],
  exports: [NotificationCenter],
})
export class SystemOverviewModule {}
