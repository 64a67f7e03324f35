import { StepHandler, type ApiRequest, type ApiResponse, type JsonObject, type StepContext } from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { PaymentContext } from '../payment-context.js';
import { BackOffice, type NewAuditEntry } from '../systems/back-office.service.js';
import { takenPayment } from './taken-payment.js';

interface AuditLogConfig {
  log_level: string;
  include_sensitive_data: boolean;
  retention_days: number;
  compliance_standard: string;
}

const CONFIG: JsonObject = {
  type: 'object',
  properties: {
    log_level: { enum: ['debug', 'info', 'warn', 'error'], default: 'info' },
    include_sensitive_data: { type: 'boolean', default: false },
    retention_days: { type: 'integer', minimum: 1, default: 365 },
    compliance_standard: { type: 'string', default: 'none' },
  },
  additionalProperties: false,
};

export interface AuditLogResult {
  audit_id: string;
  transaction_id: string;
  logged_at: string;
}

/** Enters the payment into the audit log; who paid by what is in it only where the config says so. */
@StepHandler({ name: 'payments.audit_log', configSchema: CONFIG })
export class AuditLogStepHandler extends ServiceStepHandler<PaymentContext, AuditLogResult> {
  protected override readonly configKeys = Object.keys(CONFIG.properties as JsonObject);

  constructor(protected readonly service: BackOffice) {
    super();
  }

  protected override request(context: StepContext<PaymentContext>, configured: ApiRequest): ApiRequest {
    const { log_level, include_sensitive_data, retention_days, compliance_standard } =
      context.config as unknown as AuditLogConfig;
    const { payment_id, amount, currency } = takenPayment(context);
    const { customer_id, customer_email, payment_token } = context.task.context;
    const sensitive = include_sensitive_data ? { customer_id, customer_email, payment_token } : {};
    const body: NewAuditEntry = {
      transaction_id: payment_id,
      log_level,
      compliance_standard,
      retention: `${retention_days}_days`,
      details: { amount, currency, ...sensitive },
    };
    return { ...configured, url: '/audit_entries', method: 'POST', body };
  }

  protected override onResponse(
    { body }: ApiResponse<{ audit_id: string; created_at: string }>,
    context: StepContext<PaymentContext>,
  ): AuditLogResult {
    const { log_level, compliance_standard } = context.config as unknown as AuditLogConfig;
    const transaction_id = takenPayment(context).payment_id;
    context.publish('audit_log_created', { transaction_id, log_level, compliance_standard });
    return { audit_id: body.audit_id, transaction_id, logged_at: body.created_at };
  }
}
