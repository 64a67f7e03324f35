import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { TaskerModule } from 'nest-tasker';
import { PaymentLedger } from './services/payment-ledger.service.js';
import { RefundGateway } from './services/refund-gateway.service.js';
import { RefundNotifications } from './services/refund-notifications.service.js';
import { NotifyCustomerHandler } from './step-handlers/notify-customer.handler.js';
import { ProcessGatewayRefundHandler } from './step-handlers/process-gateway-refund.handler.js';
import { UpdatePaymentRecordsHandler } from './step-handlers/update-payment-records.handler.js';
import { ValidatePaymentEligibilityHandler } from './step-handlers/validate-payment-eligibility.handler.js';

/** What the payments team runs. */
@Module({
  imports: [TaskerModule.forFeature({ templates: [join(__dirname, 'templates')] })],
  providers: [
    RefundGateway,
    PaymentLedger,
    RefundNotifications,
    ValidatePaymentEligibilityHandler,
    ProcessGatewayRefundHandler,
    UpdatePaymentRecordsHandler,
    NotifyCustomerHandler,
  ],
  exports: [RefundGateway, PaymentLedger, RefundNotifications],
})
export class PaymentsRefundModule {}
