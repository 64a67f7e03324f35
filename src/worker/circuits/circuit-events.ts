import { Injectable, Logger } from '@nestjs/common';
import { EventBus } from '../../events/event-bus.js';

/** A system that steps are kept from. */
export interface Outage {
  system: string;
  failures: number;
  resetMs: number;
  /** Of the last failure. */
  message: string;
}

/** Says what this worker has made of circuits, in the log and as events. */
@Injectable()
export class CircuitEvents {
  private readonly logger = new Logger('tasker.circuits');

  constructor(private readonly bus: EventBus) {}

  opened({ system, failures, resetMs, message }: Outage): void {
    const seconds = resetMs / 1000;
    const why = `${failures} attempts in a row failed, the last with: ${message}`;
    this.logger.warn(`The circuit of ${system} is open for ${seconds} s: ${why}`);
    this.bus.publish('observability.circuit.opened', () => ({
      dependent_system: system,
      failures,
      reset_seconds: seconds,
      error_message: message,
    }));
  }

  tried(system: string): void {
    this.logger.log(`Trying whether ${system} is back`);
  }

  closed(system: string): void {
    this.logger.log(`The circuit of ${system} is closed: it is back`);
    this.bus.publish('observability.circuit.closed', () => ({ dependent_system: system }));
  }
}
