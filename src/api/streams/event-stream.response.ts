import { Logger } from '@nestjs/common';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AuditEvent } from '../../delivery/audit-event.js';
import type { StreamSink } from '../../delivery/event-stream.js';

/** What Express's and Fastify's answers have in common here. */
export type PlatformResponse = ServerResponse | FastifyReply;

interface FastifyReply {
  raw: ServerResponse;
  hijack(): unknown;
  getHeaders(): OutgoingHttpHeaders;
}

/** More than this is not kept for a reader that does not keep up: it is read again when there is room. */
const MOST_BUFFERED = 64 * 1024;
/** A reader that takes nothing for so long is not there any more, or will not be missed. */
const STALLED_MS = 60_000;
/** A client that has lost its stream comes back after this. */
const RETRY_MS = 2_000;

const frames = new WeakMap<AuditEvent, string>();

/** As `text/event-stream` has it; made once for all who listen. */
function frameOf(event: AuditEvent): string {
  const known = frames.get(event);
  if (known !== undefined) return known;
  const frame = `id: ${event.id}\nevent: ${event.name}\ndata: ${JSON.stringify(event.payload)}\n\n`;
  frames.set(event, frame);
  return frame;
}

/** An answer that goes on: server-sent events (WHATWG HTML, section 9.2), under Express and Fastify. */
export class EventStreamResponse implements StreamSink {
  private readonly logger = new Logger('tasker.streams');
  private readonly response: ServerResponse;
  private isClosed = false;
  private stalled: NodeJS.Timeout | undefined;

  constructor(private readonly platform: PlatformResponse) {
    this.response = 'raw' in platform ? platform.raw : platform;
  }

  /** @param closed - called once when nobody listens any more */
  begin(closed: () => void): void {
    const { platform, response } = this;
    const headers = 'raw' in platform ? platform.getHeaders() : {};
    if ('raw' in platform) platform.hijack();
    response.once('close', () => {
      this.isClosed = true;
      clearTimeout(this.stalled);
      closed();
    });
    response.on('error', () => response.destroy());
    response.writeHead(200, {
      ...headers,
      // in lower case, as those of Fastify are: it replaces, and does not stand beside
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      // proxies that gather answers would keep events back
      'x-accel-buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
  }

  send(event: AuditEvent): boolean {
    const frame = this.isClosed ? null : this.frameOf(event);
    if (frame === null) return true;
    this.response.write(frame);
    return this.response.writableLength < MOST_BUFFERED;
  }

  /** Null for one that cannot be made: it is sealed, and this process lacks the key. */
  private frameOf(event: AuditEvent): string | null {
    try {
      return frameOf(event);
    } catch (error) {
      this.logger.warn(`The event ${event.id} of task ${event.taskId} is left out of a stream: ${String(error)}`);
      return null;
    }
  }

  /** Keeps proxies, and the client, from taking the stream for dead. */
  beat(): void {
    if (!this.isClosed && this.response.writableLength === 0) this.response.write(': heartbeat\n\n');
  }

  drained(): Promise<void> {
    const { response } = this;
    if (this.isClosed || !response.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(this.stalled);
        response.off('drain', done);
        response.off('close', done);
        resolve();
      };
      response.once('drain', done);
      response.once('close', done);
      this.stalled = setTimeout(() => response.destroy(), STALLED_MS);
      this.stalled.unref();
    });
  }

  end(): void {
    if (!this.isClosed) this.response.end();
  }
}
