import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  createNoopMeter,
  metrics,
  ValueType,
  type Meter,
  type Observable,
  type ObservableResult,
} from '@opentelemetry/api';
import type { Family, HistogramFamily } from './family.js';
import { Instruments } from './instruments.js';

const UNITS = { seconds: 's', ratio: '1', rows: '{row}' } as const;

/**
 * Gives the figures to the application's own MeterProvider too, where it has set one before Tasker starts: counters and
 * gauges are read when it collects, values of histograms are recorded there as they come. Without one this does nothing.
 */
@Injectable()
export class GlobalMeter implements OnModuleInit, OnApplicationShutdown {
  private readonly undo: (() => void)[] = [];
  /** Instruments are read one by one, in one turn: one look serves them all. */
  private looking: Promise<void> | null = null;

  constructor(private readonly instruments: Instruments) {}

  onModuleInit(): void {
    const meter = metrics.getMeterProvider().getMeter('nest-tasker');
    if (meter.constructor === createNoopMeter().constructor) return;
    this.instruments.onFamily((family) =>
      family.type === 'histogram' ? this.mirror(meter, family) : this.observe(meter, family),
    );
  }

  onApplicationShutdown(): void {
    for (const undo of this.undo.splice(0)) undo();
  }

  private observe(meter: Meter, family: Exclude<Family, HistogramFamily>): void {
    const { name } = family.definition;
    const options = optionsOf(family);
    const observable: Observable =
      family.type === 'counter'
        ? meter.createObservableCounter(name, options)
        : meter.createObservableGauge(name, options);
    const callback = async (result: ObservableResult): Promise<void> => {
      this.looking ??= this.instruments.refresh().finally(() => setImmediate(() => (this.looking = null)));
      await this.looking;
      for (const { value, labels } of family.samples()) result.observe(value, labels);
    };
    observable.addCallback(callback);
    this.undo.push(() => observable.removeCallback(callback));
  }

  private mirror(meter: Meter, family: HistogramFamily): void {
    const { name, buckets } = family.definition;
    const advice = { explicitBucketBoundaries: [...buckets] };
    family.mirrorTo(meter.createHistogram(name, { ...optionsOf(family), advice }));
    this.undo.push(() => family.mirrorTo(null));
  }
}

const optionsOf = ({ definition: { help, unit } }: Family) => ({
  description: help,
  valueType: ValueType.DOUBLE,
  ...(unit === null ? {} : { unit: UNITS[unit] }),
});
