import { sqlEngine, type Row } from '../../support/sql-engine.js';

const sql = sqlEngine();

const STEPS = [{ step_no: 0, name: 'a', handler: 'work', parents: [], is_sink: true, retry_limit: 3, timeout_ms: 1, skippable: false }]; // prettier-ignore

const store = (name: string, hash: string, replace = false, db = sql.engine.db): Promise<Row> =>
  db
    .query(`select * from store_template('ns', $1, '1.0.0', $2, '{}', false, null, $3, $4)`, [
      name,
      hash,
      JSON.stringify(STEPS),
      replace,
    ])
    .then(({ rows }) => rows[0] as Row);

describe('store_template', () => {
  it('stores the same content once', async () => {
    const first = await store('same', 'h');

    expect(await store('same', 'h')).toEqual({ id: first.id, conflicting_hash: null });
  });

  it('refuses other content under the same version', async () => {
    await store('fixed', 'old');

    expect(await store('fixed', 'new')).toEqual({ id: null, conflicting_hash: 'old' });
  });

  it('replaces it where that is wanted, and finds the old content again', async () => {
    const { id } = await store('soft', 'old');
    const replaced = await store('soft', 'new', true);
    expect(replaced).toEqual({ id: expect.any(Number), conflicting_hash: 'old' });
    expect(replaced.id).not.toBe(id);

    expect((await store('soft', 'old', true)).id).toBe(id);
    const steps = await sql.engine.rows('select * from template_step where template_id = $1', [id]);
    expect(steps).toHaveLength(1);
  });

  it('agrees with another process that stores the same name at the same moment', async () => {
    const { engine } = sql;
    const one = await engine.connect();
    const two = await engine.connect();
    await one.query('begin');
    const first = await store('race', 'h', false, one);

    const waiting = store('race', 'other', false, two);
    await one.query('commit');

    expect(await waiting).toEqual({ id: null, conflicting_hash: 'h' });
    expect(await store('race', 'h')).toEqual({ id: first.id, conflicting_hash: null });
  });
});
