import { StepHandler, type ApiRequest, type ApiResponse, type JsonObject, type StepContext } from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { PaymentContext } from '../payment-context.js';
import { BackOffice, type CountedPayment } from '../systems/back-office.service.js';
import { takenPayment } from './taken-payment.js';

interface AnalyticsConfig {
  analytics_type: string;
  metrics_to_track: string[];
  reporting_interval: string;
  aggregation_level: string;
}

const INTERVAL = { enum: ['hourly', 'daily', 'weekly', 'monthly'] };
const CONFIG: JsonObject = {
  type: 'object',
  properties: {
    analytics_type: { type: 'string', default: 'payment_metrics' },
    metrics_to_track: { type: 'array', items: { type: 'string' }, default: ['payment_volume'] },
    reporting_interval: { ...INTERVAL, default: 'daily' },
    aggregation_level: { ...INTERVAL, default: 'hourly' },
  },
  additionalProperties: false,
};

export interface AnalyticsResult {
  analytics_type: string;
  /** The figures with this payment in them. */
  metrics: Record<string, number>;
}

/** Has the payment counted. */
@StepHandler({ name: 'payments.analytics', configSchema: CONFIG })
export class AnalyticsStepHandler extends ServiceStepHandler<PaymentContext, AnalyticsResult> {
  protected override readonly configKeys = Object.keys(CONFIG.properties as JsonObject);

  constructor(protected readonly service: BackOffice) {
    super();
  }

  protected override request(context: StepContext<PaymentContext>, configured: ApiRequest): ApiRequest {
    const { metrics_to_track: metrics, ...settings } = context.config as unknown as AnalyticsConfig;
    const payment = takenPayment(context);
    const { analytics_type, reporting_interval, aggregation_level } = settings;
    const body: CountedPayment = {
      ...{ analytics_type, metrics, reporting_interval, aggregation_level },
      ...{ amount: payment.amount, attempts: payment.attempts },
    };
    return { ...configured, url: '/metrics', method: 'POST', body };
  }

  protected override onResponse(
    { body }: ApiResponse<{ metrics: Record<string, number> }>,
    { config }: StepContext<PaymentContext>,
  ): AnalyticsResult {
    return { analytics_type: (config as unknown as AnalyticsConfig).analytics_type, metrics: body.metrics };
  }
}
