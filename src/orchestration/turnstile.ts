interface Waiter {
  most: number;
  grant: () => void;
}

/** Lets so many in at once; the others wait, first come, first served. */
export class Turnstile {
  private inside = 0;
  private readonly waiting: Waiter[] = [];

  /**
   * Resolves when it is the caller's turn, who then has to `leave()`.
   *
   * @param most - how many may be inside, the caller included
   * @param givenUp - takes the caller out of the queue and rejects with its reason
   */
  async enter(most: number, givenUp: AbortSignal): Promise<void> {
    givenUp.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        this.admit();
        reject(givenUp.reason as Error);
      };
      const grant = (): void => {
        givenUp.removeEventListener('abort', giveUp);
        resolve();
      };
      const waiter: Waiter = { most, grant };
      givenUp.addEventListener('abort', giveUp);
      this.waiting.push(waiter);
      this.admit();
    });
  }

  leave(): void {
    this.inside -= 1;
    this.admit();
  }

  private admit(): void {
    while (this.waiting.length > 0 && this.inside < this.waiting[0]!.most) {
      this.inside += 1;
      this.waiting.shift()!.grant();
    }
  }
}
