/** Which rows of the audit have events that are under way. */
export class OpenRows {
  /** In the order of their numbers, for they are opened so. */
  private readonly events = new Map<number, number>();

  /** @param readUpto - all rows up to this number were read */
  constructor(public readUpto: number) {}

  open(auditNo: number): void {
    this.events.set(auditNo, (this.events.get(auditNo) ?? 0) + 1);
  }

  close(auditNo: number): void {
    const left = this.events.get(auditNo)! - 1;
    if (left > 0) this.events.set(auditNo, left);
    else this.events.delete(auditNo);
  }

  get size(): number {
    return this.events.size;
  }

  /** No event up to this number is under way. */
  get floor(): number {
    const [first] = this.events.keys();
    return first === undefined ? this.readUpto : first - 1;
  }
}
