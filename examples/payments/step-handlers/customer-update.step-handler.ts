import { StepHandler, type ApiRequest, type ApiResponse, type JsonObject, type StepContext } from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { PaymentContext } from '../payment-context.js';
import { ValidationError } from '../payment-errors.js';
import { BackOffice, type CustomerUpdate } from '../systems/back-office.service.js';
import { takenPayment } from './taken-payment.js';

interface CustomerUpdateConfig {
  update_fields: CustomerUpdate['fields'];
  audit_logging: boolean;
  data_retention_policy: string;
}

const FIELDS = ['last_payment_date', 'payment_method_preferences', 'transaction_history', 'loyalty_points'];
const CONFIG: JsonObject = {
  type: 'object',
  properties: {
    update_fields: { type: 'array', items: { enum: FIELDS }, default: FIELDS },
    audit_logging: { type: 'boolean', default: false },
    data_retention_policy: { type: 'string', default: '1_year' },
  },
  additionalProperties: false,
};

export interface CustomerUpdateResult {
  customer_id: string;
  updated_fields: string[];
  /** Entry of the audit log; null where the config asks for none. */
  audit_id: string | null;
}

/** Writes the payment into the customer's record. */
@StepHandler({ name: 'payments.customer_update', configSchema: CONFIG })
export class CustomerUpdateStepHandler extends ServiceStepHandler<PaymentContext, CustomerUpdateResult> {
  protected override readonly configKeys = Object.keys(CONFIG.properties as JsonObject);

  constructor(protected readonly service: BackOffice) {
    super();
  }

  protected override request(context: StepContext<PaymentContext>, configured: ApiRequest): ApiRequest {
    const { update_fields, audit_logging, data_retention_policy } = context.config as unknown as CustomerUpdateConfig;
    const { payment_id, amount, currency, payment_method, processed_at } = takenPayment(context);
    const body: CustomerUpdate = {
      fields: update_fields,
      payment: { payment_id, amount, currency, payment_method, paid_at: processed_at },
      audit: audit_logging,
      retention: data_retention_policy,
    };
    return { ...configured, url: '/customers', segments: [customerOf(context)], method: 'PATCH', body };
  }

  protected override onResponse(
    { body }: ApiResponse<Pick<CustomerUpdateResult, 'updated_fields' | 'audit_id'>>,
    context: StepContext<PaymentContext>,
  ): CustomerUpdateResult {
    return { customer_id: customerOf(context), ...body };
  }
}

function customerOf({ task }: StepContext<PaymentContext>): string {
  const { customer_id } = task.context;
  if (customer_id) return customer_id;
  throw new ValidationError('MISSING_CUSTOMER', 'The context names no customer_id');
}
