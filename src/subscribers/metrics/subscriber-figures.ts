import { Injectable } from '@nestjs/common';
import { Instruments } from '../../metrics/instruments.js';
import type { MetricSample } from '../../metrics/metric-sample.js';
import { EventMetrics } from './event-metrics.js';

/** What subscribers draw from events stands with the other figures, but for names that are taken there. */
@Injectable()
export class SubscriberFigures {
  constructor(instruments: Instruments, events: EventMetrics) {
    instruments.source(() =>
      samplesOf(events).filter(({ family, name }) => instruments.find(family ?? name) === undefined),
    );
  }
}

function samplesOf(events: EventMetrics): MetricSample[] {
  const { counters, observations } = events.snapshot();
  return [
    ...counters.map(({ name, labels, value }): MetricSample => {
      const family = name.replace(/_total$/, '');
      return { name: `${family}_total`, family, type: 'counter', help: 'Counted by a subscriber', labels, value };
    }),
    ...observations.flatMap(({ name, labels, count, sum }) => {
      const facts = { family: name, type: 'summary', help: 'Observed by a subscriber', labels } as const;
      return [
        { ...facts, name: `${name}_sum`, value: sum },
        { ...facts, name: `${name}_count`, value: count },
      ];
    }),
  ];
}
