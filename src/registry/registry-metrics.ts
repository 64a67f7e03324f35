import { Injectable } from '@nestjs/common';
import { REGISTRY_ENTRIES } from '../metrics/families.js';
import { Instruments } from '../metrics/instruments.js';
import { Registries } from './registries.js';

/** How much this process has registered. */
@Injectable()
export class RegistryMetrics {
  constructor(instruments: Instruments, registries: Registries) {
    const entries = instruments.gauge(REGISTRY_ENTRIES);
    const totals = () => registries.names().map((name) => [name, registries.get(name)!.stats().total] as const);
    instruments.probe({
      name: 'registries',
      freshMs: 0,
      ask: totals,
      say: (found) => entries.replace((found ?? []).map(([registry, total]) => [{ registry }, total])),
    });
  }
}
