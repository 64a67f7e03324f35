const ESCAPE = '\x1b[';
const HIDE_CURSOR = `${ESCAPE}?25l`;
const SHOW_CURSOR = `${ESCAPE}?25h`;
const ERASE_BELOW = `${ESCAPE}0J`;

/** The part of a terminal that is drawn again and again in the same place. */
export class Canvas {
  private height = 0;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  /** Lines that fit: the last one of the screen is the cursor's. */
  get rows(): number {
    return Math.max(3, (this.stream.rows || 24) - 1);
  }

  get columns(): number {
    return Math.max(20, this.stream.columns || 80);
  }

  /** @param lines - no wider and no more than fit */
  draw(lines: readonly string[]): void {
    const back = this.height === 0 ? HIDE_CURSOR : `${ESCAPE}${this.height}A\r`;
    this.stream.write(`${back}${ERASE_BELOW}${lines.join('\n')}\n`);
    this.height = lines.length;
  }

  /** Leaves the last picture where it is, and gives the cursor back. */
  close(): void {
    if (this.height > 0) this.stream.write(SHOW_CURSOR);
    this.height = 0;
  }
}
