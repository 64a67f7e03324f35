import { Logger } from '@nestjs/common';
import type { AuditEvent } from './audit-event.js';
import type { AuditReader } from './audit-reader.js';
import type { AuditWatch } from './audit-watch.js';
import { isAfter, type EventPlace } from './event-id.js';
import type { Interest } from './interest.js';
import type { LiveTail, TailListener } from './live-tail.js';

/** Whoever takes the events of a stream. */
export interface StreamSink {
  /** @returns false where no more should come until `drained` */
  send(event: AuditEvent): boolean;
  /** Resolves once there is room; never rejects. */
  drained(): Promise<void>;
  /** The stream has ended; another may go on where it was. */
  end(): void;
}

export interface StreamRequest {
  /** After this event; `null` for what comes from now on. */
  after: EventPlace | null;
  /** Only events of this task. */
  taskId: string | null;
  /** In all rows that may hold an event that is wanted. */
  interest: Interest;
  wants: (event: AuditEvent) => boolean;
}

/** Before all events. */
export const BEGINNING: EventPlace = { auditNo: 0, eventNo: -1 };

/**
 * The events of all processes for one who listens: what it has missed is read from the audit at its own pace, and what
 * comes is handed on as it does. One that takes it too slowly reads from the audit again: nothing is kept for it.
 */
export class EventStream implements TailListener {
  private readonly logger = new Logger('tasker.streams');
  private place: EventPlace = BEGINNING;
  /** All events up to this row were looked at. */
  private readUpto = 0;
  private tailUpto = 0;
  private isLive = false;
  private isOver = false;
  private leave: (() => void) | null = null;

  constructor(
    private readonly parts: { tail: LiveTail; reader: AuditReader; watch: AuditWatch },
    private readonly request: StreamRequest,
    private readonly sink: StreamSink,
  ) {}

  get interest(): Interest {
    return this.request.interest;
  }

  /** From here on nothing is missed. @throws Error if the database does not answer */
  async join(): Promise<void> {
    const { position, leave } = await this.parts.tail.join(this);
    this.leave = leave;
    if (this.isOver) return leave();
    this.tailUpto = Math.max(this.tailUpto, position);
    const after = this.known(this.request.after);
    this.place = after ?? { auditNo: this.tailUpto, eventNo: Infinity };
    this.readUpto = after ? Math.max(0, after.auditNo - 1) : this.tailUpto;
  }

  /** Begins to send. */
  begin(): void {
    if (this.isOver) this.sink.end();
    else void this.catchUp();
  }

  /** Nobody listens any more. */
  close(): void {
    this.isOver = true;
    this.leave?.();
  }

  events(events: readonly AuditEvent[], upto: number): void {
    this.tailUpto = upto;
    if (!this.isLive) return;
    for (const event of events) {
      if (this.send(event)) continue;
      // the rest is read from the audit when there is room
      this.isLive = false;
      this.readUpto = event.auditNo - 1;
      void this.sink.drained().then(() => this.catchUp());
      return;
    }
    this.readUpto = upto;
  }

  ended(): void {
    this.isOver = true;
    this.sink.end();
  }

  /** An id from a database that was set back to an earlier state says nothing: what comes from now on is sent. */
  private known(after: EventPlace | null): EventPlace | null {
    return after && after.auditNo <= Math.max(this.parts.watch.drawn, this.tailUpto) ? after : null;
  }

  /** Never rejects. */
  private async catchUp(): Promise<void> {
    try {
      while (!this.isOver && this.readUpto < this.tailUpto) {
        const page = await this.page();
        for (const event of page.events) {
          if (this.isOver) return;
          if (!this.send(event)) await this.sink.drained();
        }
        this.readUpto = page.upto;
      }
      this.isLive = true;
    } catch (error) {
      this.logger.warn(`A stream of events ends, as the audit cannot be read: ${String(error)}`);
      this.close();
      this.sink.end();
    }
  }

  private page(): ReturnType<AuditReader['page']> {
    const { reader } = this.parts;
    const { taskId, interest } = this.request;
    return taskId === null
      ? reader.page(this.readUpto, this.tailUpto, interest)
      : reader.pageOf(taskId, this.readUpto, this.tailUpto, interest);
  }

  /** @returns false where no more should come for now */
  private send(event: AuditEvent): boolean {
    if (!isAfter(event, this.place)) return true;
    this.place = event;
    const { taskId, wants } = this.request;
    if ((taskId !== null && event.taskId !== taskId) || !wants(event)) return true;
    return this.sink.send(event);
  }
}
