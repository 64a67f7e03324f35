import { Logger } from '@nestjs/common';

/** A scrape waits for an answer this long: Prometheus gives up after ten seconds, and wants to see the rest. */
const PATIENCE_MS = 2_000;
/** An answer that is owed this long stands for nothing any more. */
const OWED_MS = 60_000;
/** A question takes this share of the time of one connection at most, however often it is asked. */
const SHARE = 0.05;

export interface ProbeDefinition<Answer> {
  /** What it asks, as `tasker_probe_up` names it. */
  name: string;
  /** For how long one answer serves all who ask, in milliseconds; longer where it takes long to give. 0: it is always asked. */
  freshMs: number;
  ask: () => Answer | Promise<Answer>;
  /** What to say of the answer; null where there is none. */
  say: (answer: Answer | null) => void;
}

/**
 * Asks one question for the figures: once at a time however many want them, and no sooner than the last answer is stale.
 * What cannot be found out is not said.
 */
export class MetricProbe<Answer> {
  private readonly logger = new Logger('tasker.metrics');
  private asking: Promise<void> | null = null;
  private askedAt = 0;
  private answeredAt: number | null = null;
  private freshUntil = -Infinity;
  up = false;

  constructor(readonly definition: ProbeDefinition<Answer>) {}

  get name(): string {
    return this.definition.name;
  }

  /** Seconds since the last answer; null where there is none. */
  get age(): number | null {
    return this.answeredAt === null ? null : (performance.now() - this.answeredAt) / 1000;
  }

  /** Never rejects: whoever looks at other figures shall see them. */
  async refresh(): Promise<void> {
    if (performance.now() < this.freshUntil) return;
    this.asking ??= this.ask().finally(() => (this.asking = null));
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([this.asking, patience]).finally(() => clearTimeout(timer));
    if (this.asking !== null && performance.now() - this.askedAt > OWED_MS) this.forget();
  }

  private async ask(): Promise<void> {
    const { ask, say, freshMs } = this.definition;
    this.askedAt = performance.now();
    try {
      const answer = await ask();
      this.answeredAt = performance.now();
      const took = this.answeredAt - this.askedAt;
      this.freshUntil = freshMs === 0 ? -Infinity : this.answeredAt + Math.max(freshMs, took / SHARE);
      say(answer);
      this.up = true;
    } catch (error) {
      if (this.up) this.logger.warn(`Cannot find out about ${this.name} for the metrics: ${String(error)}`);
      this.forget();
    }
  }

  private forget(): void {
    this.up = false;
    this.answeredAt = null;
    this.definition.say(null);
  }
}
