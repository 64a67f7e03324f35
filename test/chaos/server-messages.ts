const HEADER_BYTES = 5;

/**
 * The messages in what a PostgreSQL server sends, however it is cut into pieces: a type of one letter, and the length of
 * the rest in four bytes, which count themselves. Only for connections without TLS.
 */
export class ServerMessages {
  /** The beginning of a message's header that the rest of has not come yet. */
  private begun = Buffer.alloc(0);
  /** Bytes that are left of the message that is passing. */
  private left = 0;
  private dropping = false;

  /** @param type - of messages to leave out; null for none */
  without(type: string | null, piece: Buffer): Buffer {
    const kept: Buffer[] = [];
    let rest = this.begun.length > 0 ? Buffer.concat([this.begun, piece]) : piece;
    this.begun = Buffer.alloc(0);
    while (rest.length > 0) {
      if (this.left === 0) {
        if (rest.length < HEADER_BYTES) {
          this.begun = Buffer.from(rest);
          break;
        }
        this.left = rest.readUInt32BE(1) + 1;
        this.dropping = type !== null && String.fromCharCode(rest[0]!) === type;
      }
      const part = rest.subarray(0, this.left);
      if (!this.dropping) kept.push(part);
      this.left -= part.length;
      rest = rest.subarray(part.length);
    }
    return Buffer.concat(kept);
  }
}
