import { Injectable, Logger } from '@nestjs/common';
import type { AuditEvent } from './audit-event.js';
import { AuditReader } from './audit-reader.js';
import { AuditWatch } from './audit-watch.js';
import { joined, type Interest } from './interest.js';

/** Who wants events as they come. */
export interface TailListener {
  /** In all rows that may hold an event that it wants; it may get others too. */
  readonly interest: Interest;
  /** In the order of the audit, each once. @param upto - these are all events up to this row */
  events(events: readonly AuditEvent[], upto: number): void;
  /** It ends: the process shuts down, or the server has lost rows that may have been read. */
  ended(): void;
}

/** The events of all processes as they are committed, read once for all in this process who want them, while any do. */
@Injectable()
export class LiveTail {
  private readonly logger = new Logger('tasker.delivery');
  private session: Session | null = null;
  private isStopped = false;

  constructor(
    private readonly watch: AuditWatch,
    private readonly reader: AuditReader,
  ) {}

  /** Whether nobody can listen any more. */
  get isOver(): boolean {
    return this.isStopped;
  }

  /**
   * Begins to listen.
   *
   * @returns the row after which it begins, and what stops it
   * @throws Error if the database does not answer
   */
  async join(listener: TailListener): Promise<{ position: number; leave: () => void }> {
    const session = (this.session ??= new Session(this.watch, this.reader, this.logger));
    session.listeners.add(listener);
    const leave = (): void => this.leave(session, listener);
    try {
      await session.open();
    } catch (error) {
      leave();
      throw error;
    }
    if (this.isStopped) leave();
    return { position: session.upto, leave };
  }

  /** Ends the listening of all. */
  stop(): void {
    this.isStopped = true;
    this.session?.end();
  }

  private leave(session: Session, listener: TailListener): void {
    session.listeners.delete(listener);
    if (session.listeners.size > 0) return;
    session.end();
    if (this.session === session) this.session = null;
  }
}

/** From the first who listens to the last. */
class Session {
  readonly listeners = new Set<TailListener>();
  /** All events up to this row were told. */
  upto = 0;
  private opening: Promise<void> | null = null;
  private reading: Promise<void> | null = null;
  private stopFollowing: (() => void) | null = null;
  private isOver = false;

  constructor(
    private readonly watch: AuditWatch,
    private readonly reader: AuditReader,
    private readonly logger: Logger,
  ) {}

  open(): Promise<void> {
    this.opening ??= this.begin().catch((error: unknown) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  end(): void {
    this.isOver = true;
    this.stopFollowing?.();
    for (const listener of [...this.listeners]) {
      this.listeners.delete(listener);
      listener.ended();
    }
  }

  private async begin(): Promise<void> {
    this.upto = await this.watch.look();
    if (this.isOver) return;
    this.stopFollowing = this.watch.follow({ grown: () => this.readOn(), restarted: () => this.end() });
  }

  private get interest(): Interest {
    return joined([...this.listeners].map(({ interest }) => interest));
  }

  private readOn(): void {
    this.reading ??= this.read()
      .catch((error: unknown) => this.logger.warn(`The audit cannot be read, trying again: ${String(error)}`))
      .finally(() => (this.reading = null));
  }

  /** What one of them does is no concern of the others. */
  private tell(listener: TailListener, events: readonly AuditEvent[], upto: number): void {
    try {
      listener.events(events, upto);
    } catch (error) {
      this.logger.error('Somebody who listens to all events failed', error);
      this.listeners.delete(listener);
      listener.ended();
    }
  }

  private async read(): Promise<void> {
    while (!this.isOver && this.upto < this.watch.position) {
      const { events, upto } = await this.reader.page(this.upto, this.watch.position, this.interest);
      if (this.isOver) return;
      this.upto = upto;
      for (const listener of [...this.listeners]) this.tell(listener, events, upto);
    }
  }
}
