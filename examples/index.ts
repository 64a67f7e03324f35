import type { DynamicModule, Type } from '@nestjs/common';
import { ApiIntegrationModule } from './api-integration/api-integration.module.js';
import { CustomerAnalyticsModule } from './customer-analytics/customer-analytics.module.js';
import { MonitoredCheckoutModule } from './monitored-checkout/monitored-checkout.module.js';
import { OrderProcessingModule } from './order-processing/order-processing.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { ProcessRefundModule } from './process-refund/process-refund.module.js';
import { SystemOverviewModule } from './system-overview/system-overview.module.js';
import { UserRegistrationModule } from './user-registration/user-registration.module.js';

/** The modules of all examples, for an application that shows them. */
export const exampleModules: (Type<unknown> | DynamicModule)[] = [
  ApiIntegrationModule,
  CustomerAnalyticsModule,
  MonitoredCheckoutModule,
  OrderProcessingModule,
  PaymentsModule,
  ProcessRefundModule,
  SystemOverviewModule,
  UserRegistrationModule,
];
