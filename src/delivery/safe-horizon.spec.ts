import type { AuditHorizon } from '../persistence/stores/audit.store.js';
import { SafeHorizon } from './safe-horizon.js';

const at = (position: number, writers: string[] = [], { written = 0, flushed = 0, run = 'a' } = {}): AuditHorizon => ({
  position,
  inFlight: { run, writers, written, flushed },
});
const unchanged = (position: number): AuditHorizon => ({ position, inFlight: null });

describe('SafeHorizon', () => {
  it('is where the numbers are when nobody writes', () => {
    const horizon = new SafeHorizon();
    horizon.take(at(7));
    expect(horizon.position).toBe(7);
    horizon.take(unchanged(7));
    expect(horizon.position).toBe(7);
  });

  it('waits for the transactions that were writing when a number was seen, and for no other', () => {
    const horizon = new SafeHorizon();
    horizon.take(at(7, ['1/1', '2/1']));
    expect([horizon.position, horizon.isWaiting]).toEqual([0, true]);
    horizon.take(at(9, ['2/1', '3/1']));
    expect(horizon.position).toBe(0);
    horizon.take(at(11, ['3/1', '1/2']));
    expect(horizon.position).toBe(7);
    horizon.take(at(11, ['1/2']));
    expect(horizon.position).toBe(9);
    horizon.take(at(11, []));
    expect([horizon.position, horizon.isWaiting]).toEqual([11, false]);
  });

  it('waits until what was written is on disk, as far as it was when the last writer had ended', () => {
    const horizon = new SafeHorizon();
    horizon.take(at(7, ['1/1'], { written: 100, flushed: 100 }));
    horizon.take(at(7, [], { written: 200, flushed: 150 }));
    expect(horizon.position).toBe(0);
    horizon.take(at(7, [], { written: 900, flushed: 200 }));
    expect(horizon.position).toBe(7);
  });

  it('begins anew where the server has lost what was not on disk, and says so', () => {
    const horizon = new SafeHorizon();
    expect(horizon.take(at(7))).toBe(true);
    expect(horizon.take(at(9, ['1/1']))).toBe(true);
    expect(horizon.take(at(8, ['1/2'], { run: 'b' }))).toBe(false);
    expect(horizon.position).toBe(0);
    expect(horizon.take(at(8, [], { run: 'b' }))).toBe(true);
    expect(horizon.position).toBe(8);
  });

  it('gathers no more than so much behind a transaction that goes on and on', () => {
    const horizon = new SafeHorizon();
    for (let position = 1; position <= 1_000; position++) horizon.take(at(position, ['9/9']));
    expect((horizon as unknown as { candidates: unknown[] }).candidates.length).toBeLessThan(100);
    horizon.take(at(1_000));
    horizon.take(at(1_000));
    expect(horizon.position).toBe(1_000);
  });
});
