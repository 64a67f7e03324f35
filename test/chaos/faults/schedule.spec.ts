import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULTS, faultsNamed } from './faults.js';
import { firstRounds, type Round } from './schedule.js';
import { SHORT_ROUNDS, SHORT_SEEDS, shortSeed } from './short-trial.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const namesOf = (rounds: readonly Round[]): string[] => rounds.flatMap(({ faults }) => faults.map(({ name }) => name));
const all = FAULTS.map(({ name }) => name).sort();

describe('the schedule of faults', () => {
  it('is the same for the same seed, however much of it is played', () => {
    fc.assert(
      fc.property(seeds, fc.nat(60), fc.nat(60), (seed, some, more) => {
        const longer = firstRounds(seed, FAULTS, some + more);
        expect(firstRounds(seed, FAULTS, some)).toEqual(longer.slice(0, some));
      }),
      { numRuns: 30 },
    );
  });

  it('tries each fault alone before any two together, and again after that', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const rounds = firstRounds(seed, FAULTS, 3 * FAULTS.length);
        const pairs = Math.ceil(FAULTS.length / 2);
        const [first, second] = [rounds.slice(0, all.length), rounds.slice(all.length, all.length + pairs)];
        expect(namesOf(first).sort()).toEqual(all);
        expect(second.map(({ faults }) => faults.length)).toEqual(Array(pairs).fill(2));
        expect(namesOf(rounds.slice(all.length + pairs, 2 * all.length + pairs)).sort()).toEqual(all);
      }),
      { numRuns: 30 },
    );
  });

  it('brings two together that befall different parts', () => {
    const partOf = new Map(FAULTS.map(({ name, part }) => [name, part]));
    const pairs = firstRounds(7, FAULTS, 500).filter(({ faults }) => faults.length === 2);
    expect(pairs.filter(({ faults: [a, b] }) => partOf.get(a!.name) === partOf.get(b!.name))).toEqual([]);
  });

  it('is of the faults that are named', () => {
    const some = faultsNamed(['killed-worker', 'full-disk']);
    expect(new Set(namesOf(firstRounds(3, some, 20)))).toEqual(new Set(['killed-worker', 'full-disk']));
    expect(() => faultsNamed(['earthquake'])).toThrow(/no fault is called earthquake; there are .*killed-worker/);
  });
});

describe('the documentation', () => {
  it('says of each fault what is done', () => {
    const text = readFileSync(join(__dirname, '../../../docs/faults.md'), 'utf8');
    const said = [...text.matchAll(/^\| `([a-z-]+)` +\| (.*?) +\|$/gm)].map(([, name, does]) => ({ name, does }));
    expect(said).toEqual(FAULTS.map(({ name, does }) => ({ name, does })));
  });
});

describe('the seeds of short trials', () => {
  it('try every fault', () => {
    const tried = SHORT_SEEDS.flatMap((seed) => namesOf(firstRounds(seed, FAULTS, SHORT_ROUNDS)));
    expect([...new Set(tried)].sort()).toEqual(all);
  });

  it('have their turns, a day each', () => {
    const days = SHORT_SEEDS.map((_, day) => new Date(Date.UTC(2027, 0, 1 + day)));
    expect(new Set(days.map(shortSeed))).toEqual(new Set(SHORT_SEEDS));
  });
});
