import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { TaskerModule } from 'nest-tasker';
import { CreditCardPaymentHandler } from './credit-card-payment.handler.js';
import { PAYMENT_SINKS } from './sinks/payment-sinks.js';
import { AnalyticsStepHandler } from './step-handlers/analytics.step-handler.js';
import { AuditLogStepHandler } from './step-handlers/audit-log.step-handler.js';
import { AuthorizePaymentHandler } from './step-handlers/authorize-payment.step-handler.js';
import { CapturePaymentHandler } from './step-handlers/capture-payment.step-handler.js';
import { CustomerUpdateStepHandler } from './step-handlers/customer-update.step-handler.js';
import { FraudCheckHandler } from './step-handlers/fraud-check.step-handler.js';
import { NotificationStepHandler } from './step-handlers/notification.step-handler.js';
import { PaymentProcessingStepHandler } from './step-handlers/payment-processing.step-handler.js';
import { PaymentVerificationStepHandler } from './step-handlers/payment-verification.step-handler.js';
import { SendConfirmationHandler } from './step-handlers/send-confirmation.step-handler.js';
import { ValidatePaymentHandler } from './step-handlers/validate-payment.step-handler.js';
import { BackOffice } from './systems/back-office.service.js';
import { NotificationProvider } from './systems/notification-provider.service.js';
import { PaymentGateway } from './systems/payment-gateway.service.js';

const SYSTEMS = [PaymentGateway, NotificationProvider, BackOffice];

/** Three ways to be paid: their templates, their handlers, the systems that they call, and where their events go. */
@Module({
  imports: [TaskerModule.forFeature({ templates: [join(__dirname, 'templates')] })],
  providers: [
    ...SYSTEMS,
    ...PAYMENT_SINKS,
    PaymentProcessingStepHandler,
    PaymentVerificationStepHandler,
    NotificationStepHandler,
    CustomerUpdateStepHandler,
    AnalyticsStepHandler,
    AuditLogStepHandler,
    CreditCardPaymentHandler,
    ValidatePaymentHandler,
    FraudCheckHandler,
    AuthorizePaymentHandler,
    CapturePaymentHandler,
    SendConfirmationHandler,
  ],
  exports: SYSTEMS,
})
export class PaymentsModule {}
