import { Injectable } from '@nestjs/common';
import {
  CounterFamily,
  GaugeFamily,
  HistogramFamily,
  type Family,
  type FamilyDefinition,
  type HistogramDefinition,
} from './family.js';
import { PROBE_AGE, PROBE_UP } from './families.js';
import type { MetricSample } from './metric-sample.js';
import { MetricProbe, type ProbeDefinition } from './probe.js';

/** The figures of this process: whoever has something to measure takes an instrument from here, and all are told together. */
@Injectable()
export class Instruments {
  private readonly families = new Map<string, Family>();
  private readonly probes: MetricProbe<unknown>[] = [];
  private readonly sources: (() => MetricSample[])[] = [];
  private readonly newcomers: ((family: Family) => void)[] = [];
  private readonly probeUp = this.gauge(PROBE_UP);
  private readonly probeAge = this.gauge(PROBE_AGE);

  /** The counter of that name; made when first asked for. @throws TypeError where something else has the name */
  counter<L extends string>(definition: FamilyDefinition<L>): CounterFamily<L> {
    return this.family(definition, 'counter', () => new CounterFamily(definition));
  }

  gauge<L extends string>(definition: FamilyDefinition<L>): GaugeFamily<L> {
    return this.family(definition, 'gauge', () => new GaugeFamily(definition));
  }

  histogram<L extends string>(definition: HistogramDefinition<L>): HistogramFamily<L> {
    return this.family(definition, 'histogram', () => new HistogramFamily(definition));
  }

  /** Asks whenever figures are wanted, or as seldom as it says. Its answers are said by gauges of its own. */
  probe<Answer>(definition: ProbeDefinition<Answer>): void {
    this.probes.push(new MetricProbe(definition) as MetricProbe<unknown>);
  }

  /** Samples of families whose names are not known beforehand. */
  source(samples: () => MetricSample[]): void {
    this.sources.push(samples);
  }

  find(name: string): Family | undefined {
    return this.families.get(name);
  }

  /** Tells of all families, those made later included. */
  onFamily(listener: (family: Family) => void): void {
    this.newcomers.push(listener);
    for (const family of this.families.values()) listener(family);
  }

  /** Has what is measured only when somebody wants to know measured now. */
  async refresh(): Promise<void> {
    const isAsked = ({ definition }: MetricProbe<unknown>): boolean => definition.freshMs > 0;
    const asked = this.probes.filter(isAsked);
    // questions to the database take connections: how those are used is looked at before
    const looked = this.probes.filter((probe) => !isAsked(probe));
    await Promise.all([...looked, ...asked].map((probe) => probe.refresh()));
    this.probeUp.replace(asked.map(({ name, up }) => [{ probe: name }, up ? 1 : 0]));
    const known = asked.filter(({ age }) => age !== null);
    this.probeAge.replace(known.map(({ name, age }) => [{ probe: name }, age!]));
  }

  /** All figures as they are now, families by their names. */
  async collect(): Promise<MetricSample[]> {
    await this.refresh();
    const families = [...this.families.values()].sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
    return [...families.flatMap((family) => family.samples()), ...this.sources.flatMap((samples) => samples())];
  }

  private family<F extends Family>({ name }: FamilyDefinition, type: F['type'], make: () => unknown): F {
    const known = this.families.get(name);
    if (known && known.type !== type) throw new TypeError(`The metric "${name}" is a ${known.type}, not a ${type}.`);
    if (known) return known as F;
    const family = make() as F;
    this.families.set(name, family);
    for (const listener of this.newcomers) listener(family);
    return family;
  }
}
