import { Injectable } from '@nestjs/common';
import { Database } from '../database.js';

/** Admitting steps within the limits of their templates. */
@Injectable()
export class LimitStore {
  constructor(private readonly database: Database) {}

  /** Admits what has become possible for tasks whose steps have become ready or have ended. @returns how many steps */
  async admit(taskIds: readonly string[]): Promise<number> {
    const [row] = await this.database.call<{ admit_steps: number }>('admit_steps', [taskIds]);
    return row!.admit_steps;
  }

  /**
   * Admits what nobody else has.
   *
   * @param withinTasks - whether to look also at every step that waits for others of its own task
   * @returns how many steps
   */
  async sweep(withinTasks: boolean): Promise<number> {
    const [row] = await this.database.call<{ sweep_gates: number }>('sweep_gates', [withinTasks]);
    return row!.sweep_gates;
  }
}
