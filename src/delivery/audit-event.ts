import type { TaskTemplate } from '../core/template.js';
import type { AnyEvent } from '../events/tasker-events.js';
import type { EventPlace } from './event-id.js';

/** The payload of an event that was read from the audit: as in the process that committed the fact, and its id. */
export type DeliveredEvent = AnyEvent & { event_id: string };

/** An event as the audit has it. */
export class AuditEvent implements EventPlace {
  private made: DeliveredEvent | undefined;

  constructor(
    readonly auditNo: number,
    readonly eventNo: number,
    readonly id: string,
    readonly name: string,
    readonly taskId: string,
    readonly correlationId: string,
    readonly template: TaskTemplate,
    /** Subscribers that the template sends it to, besides those that subscribe to it. */
    readonly routes: readonly string[],
    private readonly make: () => AnyEvent,
  ) {}

  /** Made when first asked for, and the same for all who ask. */
  get payload(): DeliveredEvent {
    return (this.made ??= { ...this.make(), event_id: this.id });
  }
}
