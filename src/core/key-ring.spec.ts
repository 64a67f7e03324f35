import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { KeyRing, SealError } from './key-ring.js';

const key = (): string => randomBytes(32).toString('base64');
const ring = (text: string): KeyRing => {
  const parsed = KeyRing.parse(text);
  if (parsed instanceof KeyRing) return parsed;
  throw new Error(JSON.stringify(parsed));
};

describe('KeyRing', () => {
  it('opens whatever it has sealed', () => {
    const keys = ring(`now=${key()}`);
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, bound) => {
        const sealed = keys.seal(json, bound);
        expect(keys.open(sealed, bound)).toBe(json);
      }),
    );
  });

  it('seals the same text differently each time, and shows nothing of it', () => {
    const keys = ring(`now=${key()}`);
    expect(keys.seal('{"card":"4111111111111111"}', 'a')).not.toContain('4111111111111111');
    expect(keys.seal('{}', 'a')).not.toBe(keys.seal('{}', 'a'));
  });

  it('seals with the first key and opens with each of them, so that a key can be replaced', () => {
    const [old, young] = [key(), key()];
    const before = ring(`2026-05=${old}`).seal('{"card":"4111"}', 'task 1');
    const rotated = ring(`2026-11=${young},2026-05=${old}`);

    expect(rotated.open(before, 'task 1')).toBe('{"card":"4111"}');
    expect(JSON.parse(rotated.seal('1', 'task 1'))).toMatchObject({ enc: 'aes-256-gcm', kid: '2026-11' });
  });

  it('says which key is missing', () => {
    const sealed = ring(`2026-05=${key()}`).seal('1', 'task 1');
    expect(() => ring(`2026-11=${key()}`).open(sealed, 'task 1')).toThrow(
      /encrypted with the key "2026-05", which this process does not have \(it has 2026-11\)/,
    );
  });

  it('opens nothing that was changed, or that belongs elsewhere', () => {
    const keys = ring(`now=${key()}`);
    const sealed = JSON.parse(keys.seal('{"amount":1}', 'task 1')) as Record<string, string>;
    const changed = { ...sealed, data: Buffer.from('{"amount":9}').toString('base64') };
    const cut = { ...sealed, tag: sealed.tag!.slice(0, 8) };

    expect(() => keys.open(JSON.stringify(sealed), 'task 2')).toThrow(SealError);
    expect(() => keys.open(JSON.stringify(changed), 'task 1')).toThrow(SealError);
    expect(() => keys.open(JSON.stringify(cut), 'task 1')).toThrow(SealError);
    expect(() => keys.open('{"amount":1}', 'task 1')).toThrow(SealError);
    expect(() => keys.open('null', 'task 1')).toThrow(SealError);
  });

  it.each([
    ['short=YWJj', 'the key short must be 32 bytes'],
    [`a=${key()},a=${key()}`, 'the key id a is given twice'],
    [key().replaceAll('=', ''), 'must be id=key'],
    ['', 'must be id=key'],
    [`bad id=${key()}`, 'must be id=key'],
  ])('refuses a text that holds no keys and shows nothing of it: %#', (text, message) => {
    const findings = KeyRing.parse(text) as { message: string }[];
    expect(findings.map((finding) => finding.message).join()).toContain(message);
    expect(JSON.stringify(findings)).not.toContain(text.slice(-20) || 'nothing');
  });
});
