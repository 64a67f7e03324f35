import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { EventFeed } from '../../delivery/event-feed.js';
import type { AuditEvent } from '../../delivery/audit-event.js';
import type { StreamRequest } from '../../delivery/event-stream.js';
import { EventStreamResponse, type PlatformResponse } from './event-stream.response.js';

const HEARTBEAT_MS = 15_000;
/** A stream outlives the credentials that opened it by no more than this. */
const RECHECK_MS = 2_000;

/** The streams that are open: each ends with its client, and all of them with the application. */
@Injectable()
export class EventStreams implements OnModuleDestroy {
  private readonly open = new Set<EventStreamResponse>();
  private heartbeat: NodeJS.Timeout | null = null;

  constructor(private readonly feed: EventFeed) {}

  /** Answers with what comes. @throws Error, before anything is answered, if the database does not answer */
  async answer(platform: PlatformResponse, asked: StreamRequest, caller: Caller): Promise<void> {
    const request = { ...asked, wants: (event: AuditEvent) => mayHear(caller, event) && asked.wants(event) };
    const response = new EventStreamResponse(platform);
    // Events may come before the answer has begun: these are the first in it.
    const stream = this.feed.prepare(request, response);
    await stream.join();
    this.open.add(response);
    this.heartbeat ??= setInterval(() => this.open.forEach((each) => each.beat()), HEARTBEAT_MS).unref();
    const recheck = caller.stillMay && setInterval(() => void this.recheck(response, caller), RECHECK_MS).unref();
    response.begin(() => {
      clearInterval(recheck ?? undefined);
      stream.close();
      this.open.delete(response);
      if (this.open.size === 0) this.rest();
    });
    stream.begin();
  }

  onModuleDestroy(): void {
    for (const response of this.open) response.end();
    this.rest();
  }

  /** Never rejects. */
  private async recheck(response: EventStreamResponse, { stillMay }: Caller): Promise<void> {
    if (!(await stillMay!())) response.end();
  }

  private rest(): void {
    clearInterval(this.heartbeat ?? undefined);
    this.heartbeat = null;
  }
}

/** What is about all namespaces is not for callers who are limited to some. */
function mayHear(caller: Caller, { template, namespace }: AuditEvent): boolean {
  if (template) return caller.sees(template);
  return namespace === null ? caller.namespaces === null : caller.knows(namespace);
}
