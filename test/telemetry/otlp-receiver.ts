import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { parse } from 'protobufjs';

/** What is read of opentelemetry/proto/collector/trace/v1: the numbers are those of the standard. */
const PROTO = `
syntax = "proto3";
message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Resource { repeated KeyValue attributes = 1; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message Scope { string name = 1; string version = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; repeated Event events = 11; repeated Link links = 13; Status status = 15;
}
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; }
message Link { bytes trace_id = 1; bytes span_id = 2; repeated KeyValue attributes = 4; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue {
  oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; }
}
message ArrayValue { repeated AnyValue values = 1; }
`;

export type Attributes = Record<string, unknown>;

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty for a root. */
  parentSpanId: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  scope: string;
  service: string;
  /** Milliseconds since 1970. */
  startMs: number;
  endMs: number;
  attributes: Attributes;
  events: { name: string; attributes: Attributes }[];
  links: { traceId: string; spanId: string; attributes: Attributes }[];
  status: { code: 'unset' | 'ok' | 'error'; message: string };
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUSES = ['unset', 'ok', 'error'] as const;

/** A collector on loopback: takes OTLP over HTTP as protobuf, and keeps the spans. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Paths that something was sent to. */
  readonly paths = new Set<string>();
  private readonly request = parse(PROTO).root.lookupType('ExportTraceServiceRequest');
  private readonly server: Server;

  constructor() {
    this.server = createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        this.paths.add(incoming.url ?? '');
        const body = Buffer.concat(chunks);
        const bytes = incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        if (incoming.headers['content-type'] === 'application/x-protobuf') this.take(bytes);
        outgoing.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  trace(traceId: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  /** Waits until the trace holds a span of that name. */
  async until(traceId: string, name: string, mostMs = 15_000): Promise<ReceivedSpan[]> {
    const deadline = Date.now() + mostMs;
    while (!this.trace(traceId).some((span) => span.name === name)) {
      if (Date.now() > deadline) {
        const names = this.trace(traceId).map((span) => span.name);
        throw new Error(`no span "${name}" within ${mostMs} ms; there are ${JSON.stringify(names)}`);
      }
      await delay(20);
    }
    return this.trace(traceId);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private take(bytes: Buffer): void {
    const decoded = this.request.toObject(this.request.decode(bytes), { bytes: Buffer, longs: Number, defaults: true });
    for (const { resource, scopeSpans } of (decoded as Wire).resourceSpans) {
      const service = String(attributesOf(resource?.attributes)['service.name']);
      for (const { scope, spans } of scopeSpans) {
        for (const span of spans) this.spans.push(received(span, scope?.name ?? '', service));
      }
    }
  }
}

interface WireValue {
  [kind: string]: unknown;
  value?: string;
}
type WireAttributes = { key: string; value: WireValue }[] | undefined;
interface WireSpan {
  traceId: Buffer;
  spanId: Buffer;
  parentSpanId: Buffer;
  name: string;
  kind: number;
  startTimeUnixNano: number;
  endTimeUnixNano: number;
  attributes: WireAttributes;
  events: { name: string; attributes: WireAttributes }[];
  links: { traceId: Buffer; spanId: Buffer; attributes: WireAttributes }[];
  status: { message: string; code: number } | null;
}
interface Wire {
  resourceSpans: {
    resource: { attributes: WireAttributes } | null;
    scopeSpans: { scope: { name: string } | null; spans: WireSpan[] }[];
  }[];
}

function received(span: WireSpan, scope: string, service: string): ReceivedSpan {
  return {
    traceId: span.traceId.toString('hex'),
    spanId: span.spanId.toString('hex'),
    parentSpanId: span.parentSpanId.toString('hex'),
    name: span.name,
    kind: KINDS[span.kind]!,
    scope,
    service,
    startMs: span.startTimeUnixNano / 1e6,
    endMs: span.endTimeUnixNano / 1e6,
    attributes: attributesOf(span.attributes),
    events: span.events.map(({ name, attributes }) => ({ name, attributes: attributesOf(attributes) })),
    links: span.links.map((link) => ({
      traceId: link.traceId.toString('hex'),
      spanId: link.spanId.toString('hex'),
      attributes: attributesOf(link.attributes),
    })),
    status: { code: STATUSES[span.status?.code ?? 0]!, message: span.status?.message ?? '' },
  };
}

const attributesOf = (list: WireAttributes): Attributes =>
  Object.fromEntries((list ?? []).map(({ key, value }) => [key, valueOf(value)]));

function valueOf(value: WireValue): unknown {
  for (const kind of ['stringValue', 'boolValue', 'intValue', 'doubleValue']) {
    if (value[kind] !== undefined) return value[kind];
  }
  const list = (value.arrayValue as { values?: WireValue[] } | undefined)?.values ?? [];
  return list.map(valueOf);
}
