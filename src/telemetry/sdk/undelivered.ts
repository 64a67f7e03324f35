import { diag } from '@opentelemetry/api';

const AGAIN_MS = 300_000;

/**
 * Says when spans cannot be delivered: at once, and then at most every five minutes, however many batches fail. Nothing else
 * comes of it.
 */
export class Undelivered {
  private saidAt = -Infinity;

  /** @param now - milliseconds that only ever grow */
  constructor(
    private readonly say: (message: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  report(error: unknown): void {
    diag.error(String(error));
    if (this.now() - this.saidAt < AGAIN_MS) return;
    this.saidAt = this.now();
    this.say(`Traces cannot be delivered, the work goes on without: ${messageOf(error)}`);
  }
}

/** Errors of a connection to several addresses have their messages within. */
function messageOf(error: unknown): string {
  const { message, errors, code } = error as { message?: string; errors?: unknown[]; code?: string };
  if (message) return message;
  return Array.isArray(errors) && errors.length > 0 ? messageOf(errors[0]) : (code ?? String(error));
}
