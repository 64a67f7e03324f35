import { randomBytes } from 'node:crypto';
import { engines, eventually, Gate, graph, LOG, type EngineOptions } from '../support/engine.js';

const { start, beside, make } = engines();

const key = (): string => randomBytes(32).toString('base64');
const SECRET = '4111-1111-1111-1111';
const security = { encryption: { enabled: true, algorithm: 'AES-256-GCM' as const } };
const OPTIONS: EngineOptions = {
  templates: [graph('pay', { charge: [], receipt: ['charge'] }, { security })],
  handlers: {
    charge: ({ task }) => ({ charged: task.context.card }),
    receipt: ({ sequence }) => ({ receipt: sequence.results<{ charged: string }>('charge').charged }),
  },
};
const context = { card: SECRET };

/** Everything that Tasker has stored, as text. */
const TABLES = ['task', 'step', 'transition', 'custom_event', 'idempotency_key', 'template'];

describe('a template that asks for encryption', () => {
  it('has contexts and results in the database encrypted only, and in answers and handlers as they are', async () => {
    const engine = await start({ ...OPTIONS, tasker: { encryption: { keys: `k1=${key()}` } } });

    const task = await engine.run('pay', { context });

    expect(task.view.context).toEqual(context);
    expect(task.step('charge').results).toEqual({ charged: SECRET });
    expect(task.step('receipt').results).toEqual({ receipt: SECRET });
    expect(task.step('charge').attemptHistory![0]!.results).toEqual({ charged: SECRET });
    expect((await engine.client.listTasks()).tasks[0]!.context).toEqual(context);
    for (const table of TABLES) {
      const rows = await engine.sql<{ row: string }>(`select x::text as row from ${table} x`);
      expect(JSON.stringify(rows)).not.toContain(SECRET);
    }
    const [stored] = await engine.sql('select context, (select result from step where step_no = 0) from task');
    expect(stored).toMatchObject({
      context: { enc: 'aes-256-gcm', kid: 'k1' },
      result: { enc: 'aes-256-gcm', kid: 'k1' },
    });
  });

  it('goes on under a new key in the middle of a task, and reads what the old one has encrypted', async () => {
    const [old, young] = [key(), key()];
    const gate = new Gate();
    const first = await start({
      ...OPTIONS,
      handlers: { ...OPTIONS.handlers, receipt: gate.pass },
      tasker: { encryption: { keys: `old=${old}` } },
    });
    const { taskId } = await first.create('pay', { context });
    await gate.reached();

    const second = await beside(first, { ...OPTIONS, tasker: { encryption: { keys: `young=${young},old=${old}` } } });
    await first.stop();
    const task = await second.finished(taskId);

    expect(task.step('receipt').results).toEqual({ receipt: SECRET });
    const kids = await second.sql<{ kid: string }>("select result ->> 'kid' as kid from step order by step_no");
    expect(kids).toEqual([{ kid: 'old' }, { kid: 'young' }]);
  });

  it('keeps a process without keys from starting, and says what is missing', async () => {
    const engine = await make(OPTIONS);

    await expect(engine.start()).rejects.toMatchObject({
      code: 'template_invalid',
      message: expect.stringContaining('TASKER_ENCRYPTION_KEYS'),
    });
  });

  it('fails attempts whose key a worker lacks, to be tried again by one that has it', async () => {
    const [old, young] = [key(), key()];
    const client = await start({ ...OPTIONS, roles: ['api'], tasker: { encryption: { keys: `old=${old}` } } });
    const { taskId } = await client.create('pay', { context });

    const lacking = await beside(client, { ...OPTIONS, tasker: { encryption: { keys: `young=${young}` } } });
    await eventually('an attempt has failed', async () => (await client.look(taskId)).step('charge').attempts > 0);
    await lacking.stop();
    const able = await beside(client, { ...OPTIONS, tasker: { encryption: { keys: `young=${young},old=${old}` } } });
    const task = await able.finished(taskId);

    expect(task.status).toBe('complete');
    expect(task.step('charge').attemptHistory![0]).toMatchObject({
      outcome: 'failed',
      error: { errorCode: 'ENCRYPTION_FAILED', message: expect.stringContaining('encrypted with the key "old"') },
    });
  });

  it('shows a context that cannot be decrypted as it is stored', async () => {
    const client = await start({ ...OPTIONS, roles: ['api'], tasker: { encryption: { keys: `old=${key()}` } } });
    const { taskId } = await client.create('pay', { context });

    const other = await beside(client, {
      ...OPTIONS,
      roles: ['api'],
      tasker: { encryption: { keys: `young=${key()}` } },
    });

    expect((await other.client.getTask(taskId)).context).toMatchObject({ enc: 'aes-256-gcm', kid: 'old' });
  });

  it('says at the start that its key is older than it may be', async () => {
    const rotation = { encryption: { ...security.encryption, key_rotation_interval: '90d' } };
    const templates = [{ ...OPTIONS.templates![0]!, security: rotation }];

    await start({ ...OPTIONS, templates, tasker: { encryption: { keys: `2020-01-01=${key()}` } } });
    expect(LOG.lines.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringMatching(/key "2020-01-01".* older than the 90 days .*default\.pay@0\.1\.0/),
    ]);

    LOG.lines.length = 0;
    await start({
      ...OPTIONS,
      templates,
      tasker: { encryption: { keys: `${new Date().toISOString().slice(0, 10)}=${key()}` } },
    });
    expect(LOG.lines.filter((line) => line.startsWith('warn'))).toEqual([]);
  });
});
