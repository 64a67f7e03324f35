import { TaskerError } from '../core/errors.js';

export const PROBE_TIMEOUT_MS = 1000;
/** For how long one answer serves all who ask: however often that is, what is probed is asked no more than this. */
const FRESH_MS = 250;

export type CheckStatus = 'up' | 'degraded' | 'down';

/** What a check found. The detail may be shown to anybody. */
export interface CheckResult {
  status: CheckStatus;
  detail: string;
  /** How long the answer took, in milliseconds. */
  latencyMs: number;
}

/** A failed check whose words may be shown to anybody. */
export class Unhealthy extends Error {}

export interface ProbeOptions {
  /** @default 1000 */
  timeoutMs?: number;
  /** @default 250 */
  freshMs?: number;
}

/**
 * Asks one question of a dependency, with a deadline.
 * An unanswered question is waited for again, not asked again: probes do not pile up on what is down already.
 */
export class Probe<Answer> {
  private asked: Promise<Answer> | null = null;
  private askedAt = 0;
  private last: { answer: Answer; at: number; latencyMs: number } | null = null;
  private readonly timeoutMs: number;
  private readonly freshMs: number;

  /** @param ask - rejects with Unhealthy, or with what went wrong */
  constructor(
    private readonly ask: () => Promise<Answer>,
    { timeoutMs = PROBE_TIMEOUT_MS, freshMs = FRESH_MS }: ProbeOptions = {},
  ) {
    this.timeoutMs = timeoutMs;
    this.freshMs = freshMs;
  }

  /** @throws Unhealthy saying why there is no answer */
  async answer(): Promise<Answer> {
    return (await this.timed()).answer;
  }

  /** @param judge - what the answer means */
  async check(judge: (answer: Answer) => { status: CheckStatus; detail: string }): Promise<CheckResult> {
    const startedAt = performance.now();
    try {
      const { answer, latencyMs } = await this.timed();
      return { ...judge(answer), latencyMs };
    } catch (error) {
      const { message } = error as Unhealthy;
      return { status: 'down', detail: message, latencyMs: rounded(performance.now() - startedAt) };
    }
  }

  private async timed(): Promise<{ answer: Answer; latencyMs: number }> {
    if (this.last && performance.now() < this.last.at + this.freshMs) return this.last;
    if (this.asked === null) {
      this.askedAt = performance.now();
      this.asked = this.ask().finally(() => (this.asked = null));
    }
    const { asked, askedAt } = this;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Unhealthy(`no answer within ${this.timeoutMs} ms`)), this.timeoutMs);
    });
    // The question may fail after its deadline, when nobody listens any more.
    asked.catch(() => undefined);
    try {
      const answer = await Promise.race([asked, late]);
      const at = performance.now();
      this.last = { answer, at, latencyMs: rounded(at - askedAt) };
      return this.last;
    } catch (error) {
      this.last = null;
      throw error instanceof Unhealthy ? error : new Unhealthy(failed(error));
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Messages of drivers name hosts and users; their codes do not. */
function failed(error: unknown): string {
  const code = error instanceof TaskerError ? undefined : (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? `failed with ${code}` : 'failed';
}

const rounded = (ms: number): number => Math.round(ms * 10) / 10;
