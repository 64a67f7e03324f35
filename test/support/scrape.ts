import { Instruments } from '../../src/index.js';
import { expose } from '../../src/metrics/exposition.js';
import type { Engine } from './engine.js';
import { readOpenMetrics, type ExposedFamily } from './open-metrics.js';

type Labels = Record<string, string>;

/** What a process exposes at one moment, read by the book. */
export class Scrape {
  constructor(readonly families: Map<string, ExposedFamily>) {}

  /** Sum of all points of that name with these labels, and any others; null where there is none. */
  value(name: string, labels: Labels = {}): number | null {
    const points = [...this.families.values()]
      .flatMap((family) => family.points)
      .filter((point) => point.name === name && has(point.labels, labels));
    return points.length === 0 ? null : points.reduce((sum, { value }) => sum + value, 0);
  }

  /** By how much counters, and counts of histograms, have grown since: those that have, by name and labels. */
  grownSince(before: Scrape, name: string, by: readonly string[]): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const [scrape, sign] of [
      [this, 1],
      [before, -1],
    ] as const) {
      for (const point of [...scrape.families.values()].flatMap(({ points }) => points)) {
        if (point.name !== name) continue;
        const key = by.map((label) => point.labels[label]).join(' ');
        sums[key] = (sums[key] ?? 0) + sign * point.value;
      }
    }
    return Object.fromEntries(Object.entries(sums).filter(([, value]) => value !== 0));
  }
}

export async function scrape(engine: Engine): Promise<Scrape> {
  return new Scrape(readOpenMetrics(expose(await engine.get(Instruments).collect(), 'openmetrics')));
}

const has = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value);
