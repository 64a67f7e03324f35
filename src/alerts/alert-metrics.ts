import { Injectable } from '@nestjs/common';
import { ALERTS } from '../metrics/families.js';
import { Instruments } from '../metrics/instruments.js';
import { AlertStore } from '../persistence/stores/alert.store.js';

/** However many scrape, how alerts stand is asked for once in this time. */
const FRESH_MS = 5_000;

/** How alerts stand. Every process that is scraped tells the same of them. */
@Injectable()
export class AlertMetrics {
  constructor(instruments: Instruments, store: AlertStore) {
    const alerts = instruments.gauge(ALERTS);
    instruments.probe({
      name: 'alerts',
      freshMs: FRESH_MS,
      ask: () => store.list(),
      say: (found) =>
        alerts.replace(
          (found ?? []).map(({ name, namespace, template, severity, state }) => [
            { alert: name, namespace: namespace ?? '', template: template ?? '', severity, state },
            1,
          ]),
        ),
    });
  }
}
