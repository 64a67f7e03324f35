import { Logger } from '@nestjs/common';
import { EventSubscriber, type AnyEvent } from 'nest-tasker';

const KEPT = 1_000;

/**
 * Where events of payments go. The templates name their sinks under `publish_to`; a sink's own list of events is what it
 * wants of any template. These keep the latest; yours would write them into a system of their own.
 */
abstract class PaymentSink {
  readonly received: AnyEvent[] = [];
  private readonly logger = new Logger(this.constructor.name);

  handle(event: AnyEvent): void {
    this.received.push(event);
    if (this.received.length > KEPT) this.received.shift();
    this.logger.debug(event.event);
  }
}

@EventSubscriber({ name: 'audit_log', events: ['payments.payment_authorized', 'payments.payment_captured'] })
export class AuditLogSink extends PaymentSink {}

@EventSubscriber({ name: 'monitoring', events: ['observability.step.max_retries_reached'] })
export class MonitoringSink extends PaymentSink {}

@EventSubscriber({ name: 'analytics', events: ['payments.payment_captured'] })
export class AnalyticsSink extends PaymentSink {}

@EventSubscriber({ name: 'alerting', events: ['payment_processing.payment_amount_exceeds_limit', 'escalation.*'] })
export class AlertingSink extends PaymentSink {}

@EventSubscriber({ name: 'customer_updates', events: ['payment_processing.notification_delivery_failed'] })
export class CustomerUpdatesSink extends PaymentSink {}

@EventSubscriber({ name: 'fraud_detection', events: ['payments.fraud_detected'] })
export class FraudDetectionSink extends PaymentSink {}

export const PAYMENT_SINKS = [
  AuditLogSink,
  MonitoringSink,
  AnalyticsSink,
  AlertingSink,
  CustomerUpdatesSink,
  FraudDetectionSink,
];
