import { RandomIdGenerator, type IdGenerator } from '@opentelemetry/sdk-trace-base';
import { presetSpanId, presetTraceId } from '../preset-ids.js';

/** Random ids, but for spans of Tasker's whose id is known beforehand. For hosts that set up an SDK of their own. */
export class PresetIdGenerator implements IdGenerator {
  private readonly random = new RandomIdGenerator();

  generateTraceId(): string {
    return presetTraceId() ?? this.random.generateTraceId();
  }

  generateSpanId(): string {
    return presetSpanId() ?? this.random.generateSpanId();
  }
}
