import type { ReceivedSpan } from './otlp-receiver.js';

/** A trace as text: one line for each span, below its parent, in the order in which they began; by name where that was at once. */
export function treeOf(spans: readonly ReceivedSpan[], describe: (span: ReceivedSpan) => string = nameOf): string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const below = (parent: ReceivedSpan | null): ReceivedSpan[] =>
    spans
      .filter(({ parentSpanId }) => (parent ? parentSpanId === parent.spanId : !ids.has(parentSpanId)))
      .sort((a, b) => a.startMs - b.startMs || a.name.localeCompare(b.name));
  const lines = (parent: ReceivedSpan | null, depth: number): string[] =>
    below(parent).flatMap((span) => ['  '.repeat(depth) + describe(span), ...lines(span, depth + 1)]);
  return lines(null, 0);
}

const nameOf = ({ name, status, attributes }: ReceivedSpan): string => {
  const attempt = attributes['tasker.attempt'] as number | undefined;
  const outcome = (attributes['tasker.attempt.outcome'] ?? attributes['tasker.task.status']) as string | undefined;
  return [name, attempt && `#${attempt}`, outcome, status.code === 'error' && '!'].filter(Boolean).join(' ');
};
