import { Module } from '@nestjs/common';
import { CustomerSuccessRefundModule } from './customer-success/customer-success-refund.module.js';
import { PaymentsRefundModule } from './payments/payments-refund.module.js';

/** Two teams in one application, each with a `process_refund` of its own. */
@Module({
  imports: [PaymentsRefundModule, CustomerSuccessRefundModule],
  exports: [PaymentsRefundModule, CustomerSuccessRefundModule],
})
export class ProcessRefundModule {}
