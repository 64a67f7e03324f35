/** Runs what is to be done for each key in its order, and that of different keys at the same time. */
export class Lanes<Item> {
  private readonly lanes = new Map<string, Item[]>();
  private readonly idle: string[] = [];
  private running = 0;
  private count = 0;

  /**
   * @param width - how many keys are served at once
   * @param run - never rejects
   */
  constructor(
    private readonly width: number,
    private readonly run: (key: string, item: Item) => Promise<void>,
  ) {}

  /** Items that have not been finished. */
  get size(): number {
    return this.count;
  }

  push(key: string, item: Item): void {
    this.count += 1;
    const lane = this.lanes.get(key);
    if (lane) {
      lane.push(item);
      return;
    }
    this.lanes.set(key, [item]);
    this.idle.push(key);
    this.begin();
  }

  /** Takes back what has not begun of a key. */
  recall(key: string): Item[] {
    const recalled = this.lanes.get(key)?.splice(0) ?? [];
    this.count -= recalled.length;
    return recalled;
  }

  /** Takes back what has not begun of all. */
  clear(): void {
    for (const key of this.lanes.keys()) this.recall(key);
  }

  private begin(): void {
    while (this.running < this.width && this.idle.length > 0) {
      this.running += 1;
      void this.serve(this.idle.shift()!);
    }
  }

  /** One item a turn, so that a long lane does not keep others waiting. */
  private async serve(key: string): Promise<void> {
    const item = this.lanes.get(key)!.shift();
    if (item !== undefined) {
      await this.run(key, item);
      this.count -= 1;
    }
    this.running -= 1;
    if (this.lanes.get(key)!.length > 0) this.idle.push(key);
    else this.lanes.delete(key);
    this.begin();
  }
}
