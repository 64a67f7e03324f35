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
    /** The task, or the alert, that it is about: what is told of one comes in its order. */
    readonly taskId: string,
    readonly correlationId: string,
    /** That of its task, or the one that an alert is about; null where that is none. */
    readonly template: TaskTemplate | null,
    /** Subscribers that its template, or its alert, sends it to, besides those that subscribe to it. */
    readonly routes: readonly string[],
    private readonly make: () => AnyEvent,
  ) {}

  /** That of its task; of an alert, null where it is about all. */
  get namespace(): string | null {
    return this.template
      ? this.template.namespace
      : ((this.payload as { namespace?: string | null }).namespace ?? null);
  }

  /** The same of the template's name. */
  get taskName(): string | null {
    return this.template ? this.template.name : ((this.payload as { task_name?: string | null }).task_name ?? null);
  }

  /** Made when first asked for, and the same for all who ask. */
  get payload(): DeliveredEvent {
    return (this.made ??= { ...this.make(), event_id: this.id });
  }
}
