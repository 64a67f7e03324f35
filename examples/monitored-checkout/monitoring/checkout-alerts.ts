import { Injectable, Logger } from '@nestjs/common';

export type Severity = 'info' | 'warning' | 'critical';

/** Something that somebody should look at. */
export interface CheckoutAlert {
  name: 'high_value_order' | 'large_loss' | 'checkout_failed' | 'sla_missed' | 'high_error_rate' | 'error_rate_normal';
  severity: Severity;
  at: string;
  /** What it is about: numbers, names, the task. */
  facts: Record<string, string | number | null>;
}

const KEPT = 1_000;
const LEVELS = { info: 'log', warning: 'warn', critical: 'error' } as const;

/** Where alerts go: the log. It keeps the latest of them to be looked at. */
@Injectable()
export class CheckoutAlerts {
  private readonly logger = new Logger(CheckoutAlerts.name);
  private readonly raised: CheckoutAlert[] = [];

  raise(name: CheckoutAlert['name'], severity: Severity, facts: CheckoutAlert['facts']): void {
    this.raised.push({ name, severity, at: new Date().toISOString(), facts });
    if (this.raised.length > KEPT) this.raised.shift();
    this.logger[LEVELS[severity]]({ event: `alert.${name}`, severity, ...facts });
  }

  /** The latest, oldest first. */
  list(): readonly CheckoutAlert[] {
    return this.raised;
  }

  clear(): void {
    this.raised.length = 0;
  }
}
