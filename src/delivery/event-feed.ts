import { Injectable } from '@nestjs/common';
import { AuditReader } from './audit-reader.js';
import { AuditWatch } from './audit-watch.js';
import { EventStream, type StreamRequest, type StreamSink } from './event-stream.js';
import { LiveTail } from './live-tail.js';

/** The events of all processes, for those who listen for a while: one reader for all of them, while there are any. */
@Injectable()
export class EventFeed {
  constructor(
    private readonly tail: LiveTail,
    private readonly reader: AuditReader,
    private readonly watch: AuditWatch,
  ) {}

  /** A stream that is to be joined and begun. */
  prepare(request: StreamRequest, sink: StreamSink): EventStream {
    const { tail, reader, watch } = this;
    return new EventStream({ tail, reader, watch }, request, sink);
  }
}
