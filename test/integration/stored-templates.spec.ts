import { engines, single } from '../support/engine.js';

const { start } = engines();

/** What every release has stored of a template. */
const ALWAYS = [
  'description',
  'failureStrategy',
  'maxDurationSeconds',
  'name',
  'namespace',
  'schema',
  'steps',
  'version',
];

describe('a stored template', () => {
  it('that says nothing of policies is stored as releases without them store it, so that its hash stays the same', async () => {
    const engine = await start({ templates: [single('work')], handlers: { work: () => null } });
    const [row] = await engine.sql<{ keys: string[] }>(
      'select array_agg(key order by key) as keys from template, json_object_keys(definition) as key',
    );
    expect(row!.keys).toEqual(ALWAYS);
    const [{ hash } = { hash: '' }] = await engine.sql<{ hash: string }>('select content_hash as hash from template');

    await engine.restart({ environment: 'production' });

    expect(await engine.sql('select content_hash as hash from template')).toEqual([{ hash }]);
  });

  it('runs where only the database has it, whichever release has stored it', async () => {
    const engine = await start({ templates: [single('work')], handlers: { work: () => ({ done: true }) } });
    await engine.restart({ templates: [], environment: 'production' });

    const task = await engine.run('work');

    expect(task.status).toBe('complete');
    expect(task.view).toMatchObject({ priority: 0, tags: [] });
  });
});
