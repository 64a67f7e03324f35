/** Which steps a claim is for: those that run in the process's own thread, or in others. */
export type Ground = 'own' | 'isolated';

/** Whether the pool may hold steps for this worker. It is asked for them only while it may. */
export class PoolHint {
  private readonly raised: Record<Ground, boolean> = { own: false, isolated: false };
  /** Counts what made it look again. */
  wakes = 0;

  /** Something new may have come, after what is asked just now. */
  wake(): void {
    this.wakes++;
    this.raise();
  }

  raise(): void {
    this.raised.own = true;
    this.raised.isolated = true;
  }

  isRaised(ground: Ground): boolean {
    return this.raised[ground];
  }

  /** A claim came short. @returns whether the pool seems empty: nothing has come since the claim began */
  lower(ground: Ground, wakesThen: number): boolean {
    if (this.wakes !== wakesThen) return false;
    this.raised[ground] = false;
    return true;
  }
}
