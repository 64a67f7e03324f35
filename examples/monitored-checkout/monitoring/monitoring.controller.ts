import { Controller, Get } from '@nestjs/common';
import { BusinessMetricsSubscriber } from './business-metrics.subscriber.js';
import { CheckoutAlerts } from './checkout-alerts.js';
import { PerformanceMonitoringSubscriber } from './performance-monitoring.subscriber.js';

/** What those who watch have seen since the process started. */
@Controller('demo/monitoring')
export class MonitoringController {
  constructor(
    private readonly business: BusinessMetricsSubscriber,
    private readonly performance: PerformanceMonitoringSubscriber,
    private readonly alerts: CheckoutAlerts,
  ) {}

  @Get()
  show() {
    return {
      business: this.business.metrics.snapshot(),
      performance: { ...this.performance.metrics.snapshot(), gauges: this.performance.gauges() },
      alerts: this.alerts.list(),
    };
  }
}
