import fc from 'fast-check';
import { ServerMessages } from './server-messages.js';

const message = (type: string, body: Uint8Array): Buffer => {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
};

describe('the messages of a server', () => {
  it('pass but for those of one type, however they are cut into pieces', () => {
    const messages = fc.array(fc.tuple(fc.constantFrom('A', 'D', 'Z'), fc.uint8Array({ maxLength: 40 })));
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (sent, cuts) => {
        const all = Buffer.concat(sent.map(([type, body]) => message(type, body)));
        const filter = new ServerMessages();
        const passed: Buffer[] = [];
        for (let from = 0, cut = 0; from < all.length; from += cuts[cut++ % cuts.length]!) {
          passed.push(filter.without('A', all.subarray(from, from + cuts[cut % cuts.length]!)));
        }
        const others = sent.filter(([type]) => type !== 'A').map(([type, body]) => message(type, body));
        expect(Buffer.concat(passed).equals(Buffer.concat(others))).toBe(true);
      }),
    );
  });
});
