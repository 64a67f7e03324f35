import type { CheckResult } from './probe.js';

/** One of the things that this process needs to do its work. */
export interface HealthIndicator {
  /** By which its check is found in answers. */
  readonly name: string;
  /** Null where this process does not have the thing. */
  check(): Promise<CheckResult | null>;
}
