import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import type { Advance } from '../../persistence/stores/attempts.js';
import { CircuitStore } from '../../persistence/stores/circuit.store.js';
import { CircuitReports } from './circuit-reports.js';
import { CircuitWatch } from './circuit-watch.js';

/** What claims have to do with circuits: which steps they pass over, and which one tries a system. */
@Injectable()
export class CircuitProber {
  constructor(
    private readonly store: CircuitStore,
    private readonly watch: CircuitWatch,
    private readonly reports: CircuitReports,
  ) {}

  /** Whether a system may be tried now, as far as is known here. */
  get hasDue(): boolean {
    return this.watch.hasDue;
  }

  /** Those of the handlers whose steps need not wait for a circuit. */
  passable(handlerIds: readonly number[]): readonly number[] {
    return this.watch.passable(handlerIds);
  }

  /** Claims the one step that tries a system that is due; the database sees to it that it is one. */
  async probe(client: PoolClient, workerId: number): Promise<Advance> {
    const { system, handlerIds } = this.watch.takeDue()!;
    const advance = await this.store.probe(client, workerId, system, handlerIds);
    for (const claim of advance.steps) this.reports.tries(claim, system);
    return advance;
  }
}
