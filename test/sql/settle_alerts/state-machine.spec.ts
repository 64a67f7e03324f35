import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

interface Rules {
  for_seconds?: number;
  resolve_after_seconds?: number;
}
interface Found {
  holds: boolean | null;
  over?: boolean | null;
  error?: string;
  ended?: string;
}

/** An alert whose rounds a test makes by hand, and lets time pass between them. */
class Alert {
  readonly id = randomUUID();

  constructor(private readonly rules: Rules = {}) {}

  async take(): Promise<number | null> {
    const alert = { id: this.id, name: 'slow', severity: 'warning', definition: { name: 'slow', ...this.rules } };
    const rows = await sql.engine.rows('select * from take_alerts($1, 60000)', [JSON.stringify([alert])]);
    return rows[0] ? Number(rows[0].turn) : null;
  }

  async settle(turn: number | null, found: Found): Promise<string[]> {
    const row = { id: this.id, turn, over: found.holds === null ? null : !found.holds, figures: { x: 1 }, ...found };
    const rows = await sql.engine.rows('select * from settle_alerts($1, 60000)', [JSON.stringify([row])]);
    return rows.map(({ name }) => name as string);
  }

  /** A whole round, so many seconds after the one before. */
  async round(seconds: number, found: Found): Promise<string[]> {
    await sql.engine.rows(
      `update alert set turn_until = now() - interval '1 s', state_since = state_since - $2 * interval '1 s',
              over_since = over_since - $2 * interval '1 s' where id = $1`,
      [this.id, seconds],
    );
    return this.settle(await this.take(), found);
  }

  async row(): Promise<Record<string, unknown>> {
    return (await sql.engine.rows('select * from alert where id = $1', [this.id]))[0]!;
  }
}

const HOLDS: Found = { holds: true };
const OVER: Found = { holds: false };
const UNKNOWN: Found = { holds: null };

describe('settle_alerts', () => {
  it('fires once, and is over once, however often its condition is looked at', async () => {
    const alert = new Alert();
    expect(await alert.round(0, OVER)).toEqual([]);
    expect(await alert.round(15, HOLDS)).toEqual(['alert.fired']);
    expect(await alert.round(15, HOLDS)).toEqual([]);
    expect(await alert.round(15, OVER)).toEqual(['alert.resolved']);
    expect(await alert.round(15, OVER)).toEqual([]);
    expect(await alert.row()).toMatchObject({ state: 'resolved', fired_count: 1, holds: false });
    expect(await alert.round(15, HOLDS)).toEqual(['alert.fired']);
    expect(await alert.row()).toMatchObject({ state: 'firing', fired_count: 2 });
  });

  it('waits for as long as the condition must hold, and begins anew where it did not', async () => {
    const alert = new Alert({ for_seconds: 60 });
    expect(await alert.round(0, HOLDS)).toEqual([]);
    expect(await alert.row()).toMatchObject({ state: 'pending', incident_id: null });
    expect(await alert.round(50, OVER)).toEqual([]);
    expect(await alert.row()).toMatchObject({ state: 'inactive' });
    expect(await alert.round(15, HOLDS)).toEqual([]);
    expect(await alert.round(59, HOLDS)).toEqual([]);
    expect(await alert.round(2, HOLDS)).toEqual(['alert.fired']);
  });

  it('is over only when it has been for as long as it must', async () => {
    const alert = new Alert({ resolve_after_seconds: 60 });
    await alert.round(0, HOLDS);
    expect(await alert.round(15, OVER)).toEqual([]);
    expect(await alert.round(59, HOLDS)).toEqual([]);
    expect(await alert.round(15, OVER)).toEqual([]);
    expect(await alert.round(59, OVER)).toEqual([]);
    expect(await alert.round(2, OVER)).toEqual(['alert.resolved']);
  });

  it('fires on between the two conditions of one that has two', async () => {
    const alert = new Alert();
    await alert.round(0, HOLDS);
    expect(await alert.round(15, { holds: false, over: false })).toEqual([]);
    expect(await alert.round(15, { holds: true, over: true })).toEqual([]);
    expect(await alert.round(15, { holds: false, over: true })).toEqual(['alert.resolved']);
  });

  it('stays as it is where its figures do not say, or could not be found out', async () => {
    const alert = new Alert({ for_seconds: 60 });
    const error: Found = { holds: null, error: 'canceling statement due to statement timeout' };
    expect(await alert.round(0, UNKNOWN)).toEqual([]);
    expect(await alert.row()).toMatchObject({ state: 'inactive', holds: null });
    await alert.round(0, HOLDS);
    for (const nothing of [UNKNOWN, error]) expect(await alert.round(100, nothing)).toEqual([]);
    expect(await alert.row()).toMatchObject({ state: 'pending', error: error.error });
    expect(await alert.round(1, HOLDS)).toEqual(['alert.fired']);
    for (const nothing of [UNKNOWN, error]) expect(await alert.round(100, nothing)).toEqual([]);
    expect(await alert.row()).toMatchObject({ state: 'firing' });
  });

  it('ends with one that nobody looks after any more, and says why', async () => {
    const alert = new Alert();
    await alert.round(0, HOLDS);
    expect(await alert.round(15, { holds: null, ended: 'disabled' })).toEqual(['alert.resolved']);
    const [row] = await sql.engine.rows(
      'select reason, fired_at from alert_event where alert_id = $1 and reason is not null',
      [alert.id],
    );
    expect(row).toEqual({ reason: 'disabled', fired_at: (await alert.row()).last_fired_at });
    const pending = new Alert({ for_seconds: 60 });
    await pending.round(0, HOLDS);
    expect(await pending.round(15, { holds: null, ended: 'removed' })).toEqual([]);
    expect(await pending.row()).toMatchObject({ state: 'inactive' });
  });

  it('gives the turn to one of two who ask, and takes nothing from who has it no more', async () => {
    const alert = new Alert();
    const first = await alert.take();
    expect(await alert.take()).toBeNull();
    await sql.engine.rows(`update alert set turn_until = now() - interval '1 s' where id = $1`, [alert.id]);
    const second = await alert.take();
    expect(second).toBe(first! + 1);
    expect(await alert.settle(first, HOLDS)).toEqual([]);
    expect(await alert.row()).toMatchObject({ state: 'inactive', evaluated_at: null });
    expect(await alert.settle(second, HOLDS)).toEqual(['alert.fired']);
  });

  it('gives all events of one firing its number, and each firing another', async () => {
    const alert = new Alert();
    for (const found of [HOLDS, OVER, HOLDS, OVER]) await alert.round(15, found);
    const rows = await sql.engine.rows(
      'select name, incident_id from alert_event where alert_id = $1 order by audit_no',
      [alert.id],
    );
    expect(rows.map(({ name }) => name)).toEqual(['alert.fired', 'alert.resolved', 'alert.fired', 'alert.resolved']);
    const incidents = rows.map(({ incident_id }) => incident_id as string);
    expect(incidents[0]).toBe(incidents[1]);
    expect(incidents[2]).toBe(incidents[3]);
    expect(incidents[0]).not.toBe(incidents[2]);
  });

  it('holds back who reads events on until what it tells can be seen', async () => {
    const alert = new Alert();
    const turn = await alert.take();
    const reader = await sql.engine.connect();
    const writers = async (): Promise<number> => {
      const { rows } = await reader.query<{ writers: string[] | null }>('select writers from audit_horizon(0)');
      return rows[0]!.writers?.length ?? 0;
    };
    await sql.engine.rows('begin');
    await alert.settle(turn, HOLDS);
    expect(await writers()).toBe(1);
    const rows = async () => (await reader.query('select name from alert_rows($1, 0, 1000000)', [alert.id])).rows;
    expect(await rows()).toEqual([]);
    await sql.engine.rows('commit');
    expect(await writers()).toBe(0);
    expect(await rows()).toEqual([{ name: 'alert.fired' }]);
  });

  it('goes the way of a simple model, whatever happens', async () => {
    const found = fc.record({
      seconds: fc.integer({ min: 0, max: 40 }),
      holds: fc.constantFrom(true, false, null),
      over: fc.constantFrom(true, false, null, undefined),
      error: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    });
    const rules = fc.record({
      for_seconds: fc.constantFrom(0, 30),
      resolve_after_seconds: fc.constantFrom(0, 30),
    });
    await fc.assert(
      fc.asyncProperty(rules, fc.array(found, { minLength: 1, maxLength: 15 }), async (given, rounds) => {
        const alert = new Alert(given);
        const model = new Model(given);
        for (const { seconds, holds, over = holds === null ? null : !holds, error } of rounds) {
          const told = await alert.round(seconds, { holds, over, ...(error && { error: 'broken' }) });
          expect(told).toEqual(model.round(seconds, holds, over, error));
          expect((await alert.row()).state).toBe(model.state);
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** What the function must do, as people would say it. */
class Model {
  state = 'inactive';
  private now = 0;
  private holdsSince = 0;
  private overSince: number | null = null;
  private everFired = false;

  constructor(private readonly rules: Required<Rules>) {}

  round(seconds: number, holds: boolean | null, over: boolean | null, error: boolean): string[] {
    this.now += seconds;
    if (error) return [];
    return this.state === 'firing' ? this.whileFiring(holds, over) : this.whileQuiet(holds);
  }

  private whileFiring(holds: boolean | null, over: boolean | null): string[] {
    if (over === null) return [];
    if (!over || holds) {
      this.overSince = null;
      return [];
    }
    this.overSince ??= this.now;
    if (this.now - this.overSince < this.rules.resolve_after_seconds) return [];
    this.state = 'resolved';
    this.overSince = null;
    return ['alert.resolved'];
  }

  private whileQuiet(holds: boolean | null): string[] {
    if (holds === null) return [];
    if (!holds) {
      this.state = this.everFired ? 'resolved' : 'inactive';
      return [];
    }
    if (this.state !== 'pending') this.holdsSince = this.now;
    const isDue =
      this.rules.for_seconds === 0 ||
      (this.state === 'pending' && this.now - this.holdsSince >= this.rules.for_seconds);
    this.state = isDue ? 'firing' : 'pending';
    if (isDue) this.everFired = true;
    return isDue ? ['alert.fired'] : [];
  }
}
