interface Asked<Item, Answer> {
  item: Item;
  resolve: (answer: Answer) => void;
  reject: (reason: unknown) => void;
}

/**
 * Turns what many callers ask for one by one into batches. A batch holds whatever has come in while the ones before it
 * were on their way: nobody waits for a timer, and nobody for company.
 */
export class Gatherer<Item, Answer> {
  private waiting: Asked<Item, Answer>[] = [];
  private underway = 0;
  private scheduled = false;

  /**
   * @param send - answers each item in its place; where it rejects, all of the batch do
   * @param inFlight - batches on their way at the same time
   * @param size - items of a batch
   */
  constructor(
    private readonly send: (items: Item[]) => Promise<PromiseSettledResult<Answer>[]>,
    private readonly inFlight: number,
    private readonly size: number,
  ) {}

  ask(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  /** Takes back what has not left yet: it is never answered. @returns whether that was so */
  withdraw(item: Item): boolean {
    const place = this.waiting.findIndex((asked) => asked.item === item);
    if (place >= 0) this.waiting.splice(place, 1);
    return place >= 0;
  }

  /** After the callbacks of this turn of the event loop, so that requests which came together leave together. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      while (this.waiting.length > 0 && this.underway < this.inFlight) void this.leave();
    });
  }

  private async leave(): Promise<void> {
    const batch = this.waiting.splice(0, this.size);
    this.underway++;
    try {
      const answers = await this.send(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, n) => {
        const answer = answers[n]!;
        if (answer.status === 'fulfilled') resolve(answer.value);
        else reject(answer.reason);
      });
    } catch (error) {
      batch.forEach(({ reject }) => reject(error));
    } finally {
      this.underway--;
      if (this.waiting.length > 0) this.schedule();
    }
  }
}
