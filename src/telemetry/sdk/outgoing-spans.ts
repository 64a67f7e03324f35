import { trace, type Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SpanMask } from './span-mask.js';
import type { Undelivered } from './undelivered.js';

const DATABASE_SCOPE = '@opentelemetry/instrumentation-pg';

/**
 * What stands between spans and their exporters: secrets are masked, and statements that were run on when the request or the
 * attempt below which they hang was over are left out, for they were not run for it.
 */
export class OutgoingSpans implements SpanProcessor {
  private readonly astray = new WeakSet<object>();

  constructor(
    private readonly next: readonly SpanProcessor[],
    private readonly mask: SpanMask,
    private readonly undelivered: Undelivered,
  ) {}

  onStart(span: Span, parentContext: Context): void {
    if (this.isAstray(span, parentContext)) this.astray.add(span);
    for (const processor of this.next) processor.onStart(span, parentContext);
  }

  onEnd(span: ReadableSpan): void {
    if (this.astray.has(span)) return;
    this.mask.apply(span);
    for (const processor of this.next) processor.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.each((processor) => processor.forceFlush());
  }

  shutdown(): Promise<void> {
    return this.each((processor) => processor.shutdown());
  }

  private async each(work: (processor: SpanProcessor) => Promise<void>): Promise<void> {
    for (const outcome of await Promise.allSettled(this.next.map(work))) {
      if (outcome.status === 'rejected') this.undelivered.report(outcome.reason);
    }
  }

  private isAstray(span: Span, parentContext: Context): boolean {
    if (span.instrumentationScope.name !== DATABASE_SCOPE) return false;
    const parent = trace.getSpan(parentContext);
    if (!parent || parent.spanContext().isRemote) return false;
    return !parent.isRecording() || this.astray.has(parent);
  }
}
