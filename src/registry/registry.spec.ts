import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { TaskerError } from '../core/errors.js';
import { ValidationError } from './interface-contract.js';
import { Registry } from './registry.js';
import type { Registration, RegistryChange, RegistryKind } from './registry-kind.js';

/** `content` 0 lacks what is required, and 3 may take any other's place. */
interface Item {
  content: number;
  aliases: readonly string[];
}

const KIND: RegistryKind<Item> = {
  name: 'items',
  entityType: 'item',
  category: 'plugin',
  contract: {
    what: 'Item',
    required: ['run'],
    implementation: ({ content }) => (content === 0 ? { runn: () => 1 } : { run: () => 1 }),
    suggestion: (key) => `Give ${key} a method.`,
  },
  namesOf: (key, { aliases }) => [key, ...aliases],
  entityClass: () => 'Item',
  relation: (known, { content }) => (known.content === content ? 'same' : content === 3 ? 'successor' : 'rival'),
  conflict: ({ name, replaceable }) => new TaskerError('handler_conflict', `${name} ${replaceable}`),
  stats: (entries) => ({ contents: [...entries.values()].map(({ content }) => content) }),
};

const item = (content = 1, aliases: string[] = []): Item => ({ content, aliases });

describe('Registry', () => {
  let registry: Registry<Item>;
  let changes: RegistryChange[];

  beforeEach(() => {
    registry = new Registry(KIND);
    changes = [];
    registry.onChange((change) => void changes.push(change));
  });

  it('finds an entry by its key and by its further names', () => {
    const first = item(1, ['b', 'c']);
    registry.register('a', first);
    expect(['a', 'b', 'c', 'd'].map((name) => registry.get(name))).toEqual([first, first, first, undefined]);
    expect(registry.names()).toEqual(['a', 'b', 'c']);
    expect(registry.list()).toEqual([first]);
  });

  it('refuses a taken key, unless it is asked to replace', () => {
    registry.register('a', item(1, ['b']));
    expect(() => registry.register('a', item(2))).toThrow('a true');
    registry.register('a', item(2), { replace: true });
    expect(registry.get('a')).toEqual(item(2));
    expect(registry.has('b')).toBe(false);
  });

  it('refuses a name of another entry, even where it is asked to replace', () => {
    registry.register('a', item(1, ['b']));
    for (const entry of [item(2, ['b']), item(2, ['a'])])
      expect(() => registry.register('z', entry, { replace: true })).toThrow(/^[ab] false/);
    expect(registry.names()).toEqual(['a', 'b']);
  });

  it('removes an entry with all its names', () => {
    registry.register('a', item(1, ['b']));
    expect([registry.unregister('b'), registry.unregister('a')]).toEqual([true, false]);
    expect(registry.names()).toEqual([]);
  });

  it('says of an entry what is missing, what is required, what to do, and what is nearly right', () => {
    expect(() => registry.register('a', item(0))).toThrow(ValidationError);
    expect(changes).toMatchObject([
      {
        type: 'validation_failed',
        entityId: 'a',
        validationError:
          "Item validation failed: Object does not implement required method 'run'. Required methods: [run]. " +
          "Suggestion: Give a a method. Did you mean 'run' where it says 'runn'?",
      },
    ]);
    expect(registry.stats()).toMatchObject({ total: 0, last_registration: null });
  });

  it('takes none of a batch where one is refused', () => {
    const batch = [
      { key: 'a', entry: item() },
      { key: 'b', entry: item(2, ['a']) },
    ];
    expect(() => registry.registerAll(batch)).toThrow('a false');
    expect(registry.list()).toEqual([]);
    expect(changes).toEqual([]);
  });

  it('tells of a batch once all of it can be seen, under one correlation id', () => {
    const sizes: number[] = [];
    registry.onChange(() => void sizes.push(registry.list().length));
    registry.registerAll(['a', 'b', 'c'].map((key) => ({ key, entry: item() })));
    expect(sizes).toEqual([3, 3, 3]);
    expect(new Set(changes.map(({ correlationId }) => correlationId)).size).toBe(1);
  });

  it('does not fail with a listener', () => {
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation();
    registry.onChange(() => {
      throw new Error('listener');
    });
    registry.register('a', item());
    expect(registry.has('a')).toBe(true);
    expect(logged).toHaveBeenCalledWith('A listener of the registry items failed', new Error('listener'));
    logged.mockRestore();
  });

  it('counts, and tells when it last took an entry', () => {
    const before = Date.now();
    registry.register('a', item(2));
    const { last_registration: last, ...stats } = registry.stats();
    expect(stats).toEqual({ registry_name: 'items', total: 1, contents: [2], thread_safe: true });
    expect(Date.parse(last!)).toBeGreaterThanOrEqual(before);
    registry.register('a', item(2));
    registry.unregister('a');
    expect(registry.stats()).toMatchObject({ total: 0, last_registration: last });
  });

  it('is unhealthy where an entry has lost what it must have', () => {
    const entry = item(1);
    registry.register('a', entry);
    expect(registry.healthCheck()).toEqual({ status: 'healthy', registry_size: 1, thread_safe: true, problems: [] });
    entry.content = 0;
    expect(registry.healthCheck()).toMatchObject({
      status: 'unhealthy',
      registry_size: 1,
      problems: [expect.stringContaining("does not implement required method 'run'")],
    });
  });
});

type Change = { do: 'register'; batch: Registration<Item>[]; replace: boolean } | { do: 'unregister'; name: string };

/** What a registry must be like, written as simply as can be. */
class Model {
  entries: [key: string, entry: Item][] = [];

  /** @returns what the registry must answer */
  apply(change: Change): unknown {
    if (change.do === 'unregister') {
      const rest = this.entries.filter(([key, { aliases }]) => ![key, ...aliases].includes(change.name));
      const found = rest.length < this.entries.length;
      this.entries = rest;
      return found;
    }
    let next = this.entries;
    for (const { key, entry } of change.batch) {
      if (entry.content === 0) return 'refused';
      const known = next.find(([other]) => other === key)?.[1];
      if (known?.content === entry.content) continue;
      if (known && entry.content !== 3 && !change.replace) return 'refused';
      next = next.filter(([other]) => other !== key);
      const taken = next.flatMap(([other, { aliases }]) => [other, ...aliases]);
      if ([key, ...entry.aliases].some((name) => taken.includes(name))) return 'refused';
      next = [...next, [key, entry]];
    }
    this.entries = next;
    return undefined;
  }
}

function apply(registry: Registry<Item>, change: Change): unknown {
  if (change.do === 'unregister') return registry.unregister(change.name);
  try {
    return registry.registerAll(change.batch, change);
  } catch (error) {
    if (error instanceof TaskerError) return 'refused';
    throw error;
  }
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const registration = fc.record({
  key: name,
  entry: fc.record({
    content: fc.oneof(
      { weight: 1, arbitrary: fc.constant(0) },
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) },
    ),
    aliases: fc.uniqueArray(name, { maxLength: 2 }),
  }),
});
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('register' as const),
      batch: fc.array(registration, { minLength: 1, maxLength: 4 }),
      replace: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unregister' as const), name }) },
);

describe('modules that register at the same time', () => {
  const modules = fc.array(fc.array(change, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 4 });

  it('leave what a simple model leaves, and no reader sees half a change, now or later', () =>
    fc.assert(
      fc.asyncProperty(fc.scheduler(), modules, async (scheduler, lists) => {
        const registry = new Registry(KIND);
        const model = new Model();
        const kept: { snapshot: ReadonlyMap<string, Item>; then: [string, Item][] }[] = [];
        const pause = (): Promise<void> => scheduler.schedule(Promise.resolve());
        const look = (): void => {
          const snapshot = registry.snapshot();
          kept.push({ snapshot, then: [...snapshot] });
          expect([...snapshot]).toEqual(model.entries);
          const names = model.entries.flatMap(([key, { aliases }]) => [key, ...aliases]);
          expect(registry.names().sort()).toEqual([...new Set(names)].sort());
          for (const [key, entry] of model.entries)
            for (const each of [key, ...entry.aliases]) expect(registry.get(each)).toBe(entry);
        };
        // listeners are readers, too: the nearest that there are to a change
        const failures: unknown[] = [];
        registry.onChange(() => {
          try {
            look();
          } catch (error) {
            failures.push(error);
          }
        });
        const module = async (list: Change[]): Promise<void> => {
          for (const each of list) {
            await pause();
            const expected = model.apply(each);
            expect(apply(registry, each)).toEqual(expected);
          }
        };
        const reader = async (): Promise<void> => {
          for (let n = 0; n < 8; n += 1) {
            await pause();
            look();
          }
        };
        await scheduler.waitFor(Promise.all([...lists.map(module), reader()]));
        look();
        expect(failures).toEqual([]);
        for (const { snapshot, then } of kept) expect([...snapshot]).toEqual(then);
      }),
      { numRuns: 300 },
    ));
});
