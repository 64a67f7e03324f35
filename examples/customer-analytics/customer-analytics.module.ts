import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { TaskerModule } from 'nest-tasker';
import { CustomerAnalyticsHandler } from './customer-analytics.handler.js';
import { DashboardService } from './services/dashboard.service.js';
import { CrmSystem, DataWarehouse, InventorySystem } from './services/sources.js';
import { TeamNotifications } from './services/team-notifications.service.js';
import { ExtractOrdersHandler } from './step-handlers/extract-orders.handler.js';
import { ExtractProductsHandler } from './step-handlers/extract-products.handler.js';
import { ExtractUsersHandler } from './step-handlers/extract-users.handler.js';
import { GenerateInsightsHandler } from './step-handlers/generate-insights.handler.js';
import { SendNotificationsHandler } from './step-handlers/send-notifications.handler.js';
import { TransformCustomerMetricsHandler } from './step-handlers/transform-customer-metrics.handler.js';
import { TransformProductMetricsHandler } from './step-handlers/transform-product-metrics.handler.js';
import { UpdateDashboardHandler } from './step-handlers/update-dashboard.handler.js';

/** Makes a dashboard of orders, customers and products: the template, its handlers, and the systems it reads and tells. */
@Module({
  imports: [TaskerModule.forFeature({ templates: [join(__dirname, 'templates')] })],
  providers: [
    DataWarehouse,
    CrmSystem,
    InventorySystem,
    DashboardService,
    TeamNotifications,
    CustomerAnalyticsHandler,
    ExtractOrdersHandler,
    ExtractUsersHandler,
    ExtractProductsHandler,
    TransformCustomerMetricsHandler,
    TransformProductMetricsHandler,
    GenerateInsightsHandler,
    UpdateDashboardHandler,
    SendNotificationsHandler,
  ],
  exports: [DataWarehouse, CrmSystem, InventorySystem, DashboardService, TeamNotifications],
})
export class CustomerAnalyticsModule {}
