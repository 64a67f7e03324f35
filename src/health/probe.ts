export const PROBE_TIMEOUT_MS = 1000;

/** What a check found. The detail may be shown to anybody. */
export interface CheckResult {
  status: 'up' | 'down';
  detail: string;
}

/** A failed check whose words may be shown to anybody. */
export class Unhealthy extends Error {}

/**
 * Asks one question of a dependency, with a deadline.
 * An unanswered question is waited for again, not asked again: probes do not pile up on what is down already.
 */
export class Probe {
  private asked: Promise<string> | null = null;

  /** @param ask - resolves with what is well, rejects with Unhealthy or what went wrong */
  constructor(private readonly ask: () => Promise<string>) {}

  async check(): Promise<CheckResult> {
    try {
      return { status: 'up', detail: await this.answer() };
    } catch (error) {
      return { status: 'down', detail: error instanceof Unhealthy ? error.message : failed(error) };
    }
  }

  private async answer(): Promise<string> {
    const asked = (this.asked ??= this.ask().finally(() => (this.asked = null)));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Unhealthy(`no answer within ${PROBE_TIMEOUT_MS} ms`)), PROBE_TIMEOUT_MS);
    });
    // The question may fail after its deadline, when nobody listens any more.
    asked.catch(() => undefined);
    return Promise.race([asked, late]).finally(() => clearTimeout(timer));
  }
}

/** Messages of drivers name hosts and users; their codes do not. */
function failed(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? `failed with ${code}` : 'failed';
}
