import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { TaskerModule } from 'nest-tasker';
import { CheckoutBackend } from './backend/checkout-backend.service.js';
import { BusinessMetricsSubscriber } from './monitoring/business-metrics.subscriber.js';
import { CheckoutAlerts } from './monitoring/checkout-alerts.js';
import { MonitoringController } from './monitoring/monitoring.controller.js';
import { PerformanceMonitoringSubscriber } from './monitoring/performance-monitoring.subscriber.js';
import { CheckoutCreateOrderHandler } from './step-handlers/create-order.step-handler.js';
import { CheckoutProcessPaymentHandler } from './step-handlers/process-payment.step-handler.js';
import { CheckoutSendConfirmationHandler } from './step-handlers/send-confirmation.step-handler.js';
import { CheckoutUpdateInventoryHandler } from './step-handlers/update-inventory.step-handler.js';
import { CheckoutValidateCartHandler } from './step-handlers/validate-cart.step-handler.js';

/** A checkout and those who watch it: two subscribers, their figures and their alerts. */
@Module({
  imports: [TaskerModule.forFeature({ templates: [join(__dirname, 'templates')] })],
  controllers: [MonitoringController],
  providers: [
    CheckoutBackend,
    CheckoutAlerts,
    BusinessMetricsSubscriber,
    PerformanceMonitoringSubscriber,
    CheckoutValidateCartHandler,
    CheckoutProcessPaymentHandler,
    CheckoutUpdateInventoryHandler,
    CheckoutCreateOrderHandler,
    CheckoutSendConfirmationHandler,
  ],
  exports: [CheckoutBackend],
})
export class MonitoredCheckoutModule {}
