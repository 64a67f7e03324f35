import { Injectable } from '@nestjs/common';
import { Registries } from '../registry/registries.js';
import type { RegistryHealth } from '../registry/registry-kind.js';
import type { HealthIndicator } from './health-indicator.js';
import { Probe, type CheckResult } from './probe.js';

/** Whether everything that is registered in this process is still what it was registered as. */
@Injectable()
export class RegistriesIndicator implements HealthIndicator {
  readonly name = 'registries';
  private readonly probe: Probe<Record<string, RegistryHealth>>;

  constructor(registries: Registries) {
    this.probe = new Probe(async () =>
      Object.fromEntries(registries.names().map((name) => [name, registries.get(name)!.healthCheck()])),
    );
  }

  check(): Promise<CheckResult> {
    return this.probe.check((all) => {
      const broken = Object.entries(all).filter(([, { status }]) => status !== 'healthy');
      if (broken.length === 0) return { status: 'up', detail: `${Object.keys(all).length} as registered` };
      const list = broken.map(([name, { problems }]) => `${name} (${problems.length})`);
      return { status: 'down', detail: `not as registered: ${list.join(', ')}` };
    });
  }

  /** By name. @throws Unhealthy */
  healths(): Promise<Record<string, RegistryHealth>> {
    return this.probe.answer();
  }
}
