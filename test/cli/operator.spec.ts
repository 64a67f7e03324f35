import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PermanentError } from '../../src/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Engine } from '../support/engine.js';
import { BuiltCli, type Outcome, type StartedCommand } from './built-cli.js';

const ORDER = `name: order
step_templates:
  - { name: charge, handler_class: charge }
  - { name: ship, handler_class: ship, depends_on_step: charge }
`;

jest.setTimeout(60_000);

describe("the operator's commands", () => {
  let cli: BuiltCli;
  let database: TestDatabase;
  let server: StartedCommand;
  let engine: Engine;
  let url: string;

  beforeAll(async () => {
    [cli, database] = await Promise.all([BuiltCli.build(), createTestDatabase()]);
    const templates = join(cli.workFolder, 'templates');
    mkdirSync(templates);
    writeFileSync(join(templates, 'order.yaml'), ORDER);
    server = cli.start(['serve'], {
      PORT: '0',
      DATABASE_URL: database.url,
      TASKER_ROLES: 'api',
      TASKER_TEMPLATES: templates,
    });
    url = (await server.said(/Tasker is ready on (\S+)/))[1]!;
    engine = await new Engine(database.url, {
      roles: ['worker'],
      handlers: {
        charge: ({ step }) => {
          if (step.inputs.amount === 1) return { charged: 1 };
          throw new PermanentError('no money', { errorCode: 'BROKE' });
        },
        ship: ({ sequence }) => sequence.results('charge'),
      },
    }).start();
  });

  afterAll(async () => {
    await engine?.stop();
    await server?.stop();
    cli?.dispose();
    await database?.drop();
  });

  const tasker = (args: string[], env: NodeJS.ProcessEnv = {}, input = ''): Promise<Outcome> =>
    cli.run(args, { TASKER_URL: url, ...env }, input);
  /** A task whose first step has failed for good. */
  const failed = async (): Promise<string> => {
    const asked = ['--context', '{}', '--initiator', 'jest', '--reason', 'to see', '--source-system', 'tests'];
    const { code, stdout } = await tasker(['task', 'create', 'order', ...asked, '--wait', '--json']);
    expect(code).toBe(2);
    return (JSON.parse(stdout) as { task_id: string }).task_id;
  };
  const shown = async (id: string): Promise<Record<string, unknown> & { transitions: Record<string, unknown>[] }> =>
    JSON.parse((await tasker(['task', 'show', id, '--steps', '--transitions', '--json'])).stdout);

  it('retry a step with other inputs, from a file, and the task completes', async () => {
    const id = await failed();
    writeFileSync(join(cli.workFolder, 'inputs.json'), '{"amount":1}');
    const values = ['--inputs', '@inputs.json', '--retry-limit', '4'];
    const retried = await tasker(['step', 'retry', id, 'charge', '-r', 'less', ...values, '--actor', 'ann', '--json']);
    expect(JSON.parse(retried.stdout)).toMatchObject({ name: 'charge', retry_limit: 4, inputs: { amount: 1 } });
    expect((await tasker(['task', 'watch', id])).code).toBe(0);
    const { transitions } = await shown(id);
    expect(transitions).toContainEqual(
      expect.objectContaining({ step: 'charge', cause: 'retried', actor: 'ann', reason: 'less' }),
    );
  });

  it('complete a step with results from the standard input', async () => {
    const id = await failed();
    const args = ['step', 'complete', id, 'charge', '--reason', 'by phone', '--results', '@-'];
    expect(await tasker(args, {}, '{"charged":2}')).toEqual({ code: 0, stdout: 'charge is complete\n', stderr: '' });
    expect((await tasker(['task', 'watch', id])).code).toBe(0);
    expect((await shown(id)).steps).toMatchObject([{}, { results: { charged: 2 } }]);
  });

  it.each([
    ['resolve', ['--results', '7'], 'charge is resolved_manually\n'],
    ['skip', [], 'charge is skipped\n'],
    ['cancel', [], 'charge is cancelled\n'],
    ['update', ['--retry-limit', '9'], 'charge is error\n'],
  ])('%s a step', async (verb, more, said) => {
    const { code, stdout } = await tasker(['step', verb, await failed(), 'charge', '-r', 'why', ...more]);
    expect([code, stdout]).toEqual([0, said]);
  });

  it('retry, pause, resume, change and resolve tasks, in the name of the one who is named', async () => {
    const id = await failed();
    const named = { TASKER_ACTOR: 'bob' };
    expect((await tasker(['task', 'update', id, '--priority', '7', '--tag', 'a', '--tag', 'b'], named)).stdout).toBe(
      `default.order@0.1.0 ${id} is changed\n`,
    );
    expect((await tasker(['task', 'retry', id, '--reason', 'again'], named)).code).toBe(0);
    expect((await tasker(['task', 'watch', id])).code).toBe(2);
    expect((await tasker(['task', 'resolve', id], named)).stdout).toContain('is resolved\n');
    const task = await shown(id);
    expect(task).toMatchObject({ status: 'resolved_manually', priority: 7, tags: ['a', 'b'] });
    const moves = task.transitions.filter(({ step, actor }) => step === null && actor === 'bob');
    expect(moves.map(({ cause }) => cause)).toEqual(['updated', 'revived', 'resolved']);
  });

  it('act on several tasks, say what was refused, and end with 1 if anything was', async () => {
    const [one, two] = [await failed(), await failed()];
    const all = await tasker(['task', 'resolve', one, two]);
    expect(all).toMatchObject({ code: 0, stderr: '' });
    expect(all.stdout.split('\n')).toHaveLength(3);
    const three = await failed();
    const some = await tasker(['task', 'cancel', one, three, '--json']);
    expect(some.code).toBe(1);
    expect(some.stderr).toMatch(new RegExp(`Task ${one} is resolved_manually and cannot be cancelled`));
    expect(JSON.parse(some.stdout)).toMatchObject([{ status: 409 }, { status: 200, task: { status: 'cancelled' } }]);
  });

  it('explain why a task is where it is, and name the command that moves it', async () => {
    const id = await failed();
    const { code, stdout } = await tasker(['task', 'explain', id]);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'failed  charge  (1 step waits for that)\n    Attempt 1 of 3 failed with BROKE (no money)',
    );
    const command = /^ +tasker (step skip .*)$/m.exec(stdout)![1]!.replace("'<why>'", 'why').split(' ');
    expect(await tasker(command)).toMatchObject({ code: 0, stdout: 'charge is skipped\n' });
    expect((await tasker(['task', 'watch', id])).code).toBe(0);
    const done = JSON.parse((await tasker(['task', 'explain', id, '--json'])).stdout) as object;
    expect(done).toMatchObject({ status: 'complete', reasons: [{ kind: 'complete' }], what_moves_it: [], steps: [] });
    const one = await tasker(['task', 'explain', await failed(), '--step', 'ship', '--json']);
    expect(JSON.parse(one.stdout)).toMatchObject({ steps: [{ name: 'ship' }], steps_left_out: 1 });
  });

  it('say what is wrong with what they were given', async () => {
    const id = await failed();
    const bad = await tasker(['step', 'skip', id, 'chrge', '-r', 'x']);
    expect(bad).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Did you mean "charge"?') });
    const json = await tasker(['step', 'resolve', id, 'charge', '-r', 'x', '--results', '{']);
    expect(json).toMatchObject({ code: 1, stderr: expect.stringContaining('--results is not JSON') });
    const actor = await tasker(['task', 'pause', id, '--actor', 'Zoë']);
    expect(actor).toMatchObject({ code: 1, stderr: expect.stringContaining('printable ASCII') });
    const nothing = await tasker(['task', 'update', id]);
    expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining('what to change') });
  });
});
