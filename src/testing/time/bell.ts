/** A bell that those who wait hear once it rings. */
export class Bell {
  private waiting: (() => void)[] = [];

  ring(): void {
    this.waiting.splice(0).forEach((hear) => hear());
  }

  /** Resolves when it rings, or after so many milliseconds. */
  async heard(mostMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => this.waiting.push(resolve)),
      new Promise<void>((resolve) => (timer = setTimeout(resolve, mostMs))),
    ]);
    clearTimeout(timer);
  }
}
