/** The latest numbers, and what they come to. */
export class RollingWindow {
  private readonly values: number[] = [];

  /** @param size - so many are kept */
  constructor(private readonly size: number) {}

  add(value: number): void {
    this.values.push(value);
    if (this.values.length > this.size) this.values.shift();
  }

  get count(): number {
    return this.values.length;
  }

  /** Null where there are none. */
  get mean(): number | null {
    if (this.values.length === 0) return null;
    return this.values.reduce((sum, value) => sum + value, 0) / this.values.length;
  }
}
