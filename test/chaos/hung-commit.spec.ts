import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { countCauses, expectOneResultEach, gatherEvidence, type Evidence } from './evidence.js';
import { LossyWay } from './lossy-way.js';
import { Stage } from './stage.js';
import { EFFECT_TABLE, step } from './templates.js';

const TEMPLATE = {
  name: 'booking',
  step_templates: [
    { ...step('book', { effect: 1 }), timeout_seconds: 2 },
    step('prepare', { min_ms: 1_000 }),
    step('confirm', {}, ['book', 'prepare']),
  ],
};

describe('a connection that dies without a word between what a handler wrote and its commit', () => {
  let database: TestDatabase;
  let way: LossyWay;
  let stage: Stage;
  let evidence: Evidence;

  beforeAll(async () => {
    database = await createTestDatabase();
    way = await LossyWay.to(database.url);
    stage = await Stage.open({ templates: [TEMPLATE], worker: { slots: 5 }, databaseUrl: database.url });
    await stage.query(EFFECT_TABLE);
    const worker = stage.start({}, { databaseUrl: way.url });
    await worker.ready;
    way.stallAt = 'COMMIT';
    await stage.create('booking', 1);
    const locked = `select from pg_stat_activity where datname = current_database() and state = 'idle in transaction'
      and application_name = 'tasker' and query like '%advance%'`;
    await stage.until('the locks are in the hands of nobody', `exists (${locked})`, 20_000);
    way.stallAt = null;
    await stage.untilSettled(60_000);
    evidence = await gatherEvidence(stage);
  }, 120_000);

  afterAll(async () => {
    await stage?.close();
    await way?.close();
    await database?.drop();
  }, 30_000);

  it('does not hold up the others for longer than it takes to see that', () => {
    expect(evidence.history.tasks.map(({ state }) => state)).toEqual(['complete']);
    expectOneResultEach(evidence);
  });

  it('costs the step one attempt, and leaves nothing of what that wrote', async () => {
    const { succeeded, timed_out } = countCauses(evidence.history);
    expect({ succeeded, timed_out }).toEqual({ succeeded: 3, timed_out: 1 });
    expect(await stage.query('select step, attempt from public.effect')).toEqual([{ step: 'book', attempt: 2 }]);
  });
});
