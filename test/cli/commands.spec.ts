import { createServer } from 'node:http';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PermanentError } from '../../src/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Engine, Gate } from '../support/engine.js';
import { BuiltCli, type Outcome, type StartedCommand } from './built-cli.js';

const SHIPMENT = `name: shipment
namespace_name: shop
version: 1.2.0
description: Ship what was ordered
schema:
  type: object
  required: [order_id]
  properties:
    order_id: { type: integer }
step_templates:
  - { name: pick, handler_class: pick }
  - { name: pay, handler_class: pay }
  - { name: ship, handler_class: ship, depends_on_steps: [pick, pay] }
`;
const OLDER = SHIPMENT.replace('1.2.0', '1.1.0');

interface Answer {
  task_id: string;
  steps: { name: string }[];
  [field: string]: unknown;
}

jest.setTimeout(60_000);

describe('the command tasker', () => {
  let cli: BuiltCli;
  let database: TestDatabase;
  let server: StartedCommand;
  let engine: Engine;
  let gate = new Gate();
  let url: string;
  let templates: string;

  beforeAll(async () => {
    [cli, database] = await Promise.all([BuiltCli.build(), createTestDatabase()]);
    templates = join(cli.workFolder, 'templates');
    mkdirSync(templates);
    writeFileSync(join(templates, 'shipment.yaml'), SHIPMENT);
    writeFileSync(join(templates, 'shipment-1.1.yaml'), OLDER);
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
        pick: () => gate.pass().then(() => ({ picked: 3 })),
        pay: ({ task }) => {
          if (task.context.order_id === 13) throw new PermanentError('no money', { errorCode: 'BROKE' });
          return { paid: true };
        },
        ship: () => null,
      },
    }).start();
  });

  afterAll(async () => {
    gate.open();
    await engine?.stop();
    const stopped = await server?.stop();
    cli?.dispose();
    await database?.drop();
    expect(stopped?.code).toBe(0);
  });

  beforeEach(() => {
    gate = new Gate();
  });
  afterEach(() => gate.open());

  const tasker = (...args: string[]): Promise<Outcome> =>
    cli.run(args, { TASKER_URL: url, TASKER_TEMPLATES: templates });
  const asked = ['--initiator', 'jest', '--reason', 'to see', '--source-system', 'tests', '--namespace', 'shop'];
  const create = async (orderId: number, ...more: string[]): Promise<Answer> => {
    const context = JSON.stringify({ order_id: orderId });
    const { code, stdout, stderr } = await tasker(
      ...['task', 'create', 'shipment', '--context', context, ...asked, '--json', ...more],
    );
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout);
  };

  describe('task create', () => {
    it('sends everything that it was given', async () => {
      const task = await create(
        1,
        ...['--version', '1.1.0', '--tag', 'a', '--tag', 'b', '--priority', '-7', '--run-at', '2999-01-31T00:00:00Z'],
        ...['--correlation-id', 'c-1', '--idempotency-key', 'k-1', '--bypass-step', 'pay'],
      );
      expect(task).toMatchObject({
        full_name: 'shop.shipment@1.1.0',
        context: { order_id: 1 },
        initiator: 'jest',
        reason: 'to see',
        source_system: 'tests',
        tags: ['a', 'b'],
        priority: -7,
        run_at: '2999-01-31T00:00:00.000Z',
        correlation_id: 'c-1',
      });
      const { stdout } = await tasker('task', 'list', '--correlation-id', 'c-1', '--json');
      expect(JSON.parse(stdout).tasks).toHaveLength(1);
    });

    it('reads the context from a file or the standard input', async () => {
      writeFileSync(join(cli.workFolder, 'order.json'), '{ "order_id": 21 }');
      const fromFile = await tasker('task', 'create', 'shipment', '-c', '@order.json', ...asked, '--json');
      expect(JSON.parse(fromFile.stdout).context).toEqual({ order_id: 21 });
      const args = ['task', 'create', 'shipment', '-c', '@-', ...asked, '--json'];
      const fromInput = await cli.run(args, { TASKER_URL: url }, '{"order_id":22}');
      expect(JSON.parse(fromInput.stdout).context).toEqual({ order_id: 22 });
    });

    it('says that the same request under the same key had created the task before', async () => {
      const args = ['task', 'create', 'shipment', '-c', '{"order_id":2}', ...asked, '--idempotency-key', 'once'];
      const first = await tasker(...args);
      const second = await tasker(...args);
      expect(first.stdout).toMatch(/^shop\.shipment@1\.2\.0 \S+ is created\n$/);
      expect(second.stdout).toBe(
        first.stdout.replace('is created', 'was created before, under the same idempotency key'),
      );
    });

    it('waits for the end and prints the settled task with its steps', async () => {
      gate.open();
      const task = await create(3, '--wait');
      expect(task).toMatchObject({ status: 'complete', completion_percentage: 100 });
      expect(task.steps.map(({ name }) => name)).toEqual(['pick', 'pay', 'ship']);
    });

    it('tells all that is wrong with a request, each thing once', async () => {
      const args = ['task', 'create', 'shipment', '-c', '{"order_id":"x"}', ...asked];
      const wrong = await tasker(...args, '--priority', '1000', '--run-at', 'soon');
      expect(wrong.code).toBe(1);
      expect(wrong.stdout).toBe('');
      expect(wrong.stderr.split('\n').sort()).toEqual([
        '',
        '  priority must be a whole number from -100 to 100',
        expect.stringMatching(/^ {2}run_at must be an ISO 8601 time/),
        'The request is invalid:',
      ]);
      const violation = await tasker(...args);
      expect(violation.code).toBe(1);
      expect(violation.stderr).toBe(
        'The context does not satisfy the schema of shop.shipment@1.2.0:\n  context.order_id must be integer\n',
      );
    });

    it('suggests the template that was meant', async () => {
      const { code, stderr } = await tasker('task', 'create', 'shipmnt', '-c', '{}', ...asked);
      expect(code).toBe(1);
      expect(stderr).toContain('Did you mean "shipment"?');
    });

    it.each([
      ['{', /^--context is not JSON: /],
      ['@missing.json', /^missing\.json cannot be read: ENOENT/],
    ])('refuses the context %s before it asks the server', async (context, message) => {
      const { code, stderr } = await tasker('task', 'create', 'shipment', '-c', context, ...asked);
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
    });
  });

  describe('task list', () => {
    it('finds by every filter, and follows the cursor', async () => {
      const tasks = [await create(31, '--tag', 'listed'), await create(32, '--tag', 'listed')];
      const list = async (...filter: string[]): Promise<{ tasks: Answer[]; next_cursor: string }> =>
        JSON.parse((await tasker('task', 'list', '--tag', 'listed', ...filter, '--json')).stdout);
      const first = await list('--sort', 'created_at', '--limit', '1');
      expect(first.tasks[0]?.task_id).toBe(tasks[0]!.task_id);
      const second = await list('--sort', 'created_at', '--limit', '1', '--cursor', first.next_cursor);
      expect(second.tasks[0]?.task_id).toBe(tasks[1]!.task_id);
      const hits = ['--namespace', 'shop', '--name', 'shipment', '--version', '1.2.0', '--initiator', 'jest'];
      const more = ['--source-system', 'tests', '--created-after', '2020-01-01', '--created-before', '2999-01-01'];
      expect((await list(...hits, ...more, '--context', 'order_id=32')).tasks).toHaveLength(1);
      expect((await list('--status', 'resolved_manually')).tasks).toEqual([]);
    });

    it('prints a table without colours to a program, and how to see more', async () => {
      await create(33, '--tag', 'table');
      await create(34, '--tag', 'table');
      const { stdout } = await tasker('task', 'list', '--tag', 'table', '--limit', '1');
      expect(stdout).toMatch(/^ID +TEMPLATE +STATUS +DONE +CREATED +TOOK +INITIATOR +TAGS\n/);
      expect(stdout).toMatch(/\n\S{36} {2}shop\.shipment@1\.2\.0 {2}(pending|in_progress) +\d+ % .* jest +table\n/);
      expect(stdout).toMatch(/\nMore with --cursor \S+\n$/);
      expect(stdout).not.toContain('\x1b');
    });
  });

  it('shows a task with its steps, attempts and audit trail', async () => {
    gate.open();
    const { task_id: id } = await create(13);
    expect((await tasker('task', 'watch', id)).code).toBe(2);
    const shown = await tasker('task', 'show', id, '--steps', '--attempts', '--transitions');
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^status +error$/m);
    expect(shown.stdout).toMatch(/^pay +error +1 of 3 +\d\.\d\d s +BROKE: no money$/m);
    expect(shown.stdout).toMatch(/^pay +1 {2}failed .*BROKE: no money$/m);
    expect(shown.stdout).toMatch(/\(task\) +pending +in_progress +started/);
    const { stdout } = await tasker('task', 'show', id, '--attempts', '--json');
    expect(JSON.parse(stdout).steps[1].attempt_history).toHaveLength(1);
  });

  describe('task watch', () => {
    it('prints a line for each change, and ends with 0 once the task is complete', async () => {
      const { task_id: id } = await create(41);
      const watch = cli.start(['task', 'watch', id, '--url', url]);
      await watch.said(/pay {2}in_progress → complete/);
      gate.open();
      const { code, stdout, stderr } = await watch.ended;
      expect([code, stderr]).toEqual([0, '']);
      const moves = stdout.split('\n').map((line) => line.replace(/^\S+ {2}/, '').replace(/ {2}\(.*$/, ''));
      expect(moves).toEqual(
        expect.arrayContaining([
          '● pick  ready → in_progress',
          '✔ pick  in_progress → complete',
          '✔ ship  in_progress → complete',
          '✔ task  in_progress → complete',
        ]),
      );
      expect(new Set(moves).size).toBe(moves.length);
    });

    it('ends with 3 when the task is cancelled, which `task cancel` does with its reason', async () => {
      const { task_id: id } = await create(42);
      const watch = cli.start(['task', 'watch', id, '--json'], { TASKER_URL: url });
      await watch.said(/"in_progress"/);
      const cancelled = await tasker('task', 'cancel', id, '--reason', 'ordered twice');
      expect(cancelled.stdout).toBe(`shop.shipment@1.2.0 ${id} is cancelled\n`);
      const { code, stdout } = await watch.ended;
      expect(code).toBe(3);
      const moves = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(moves).toContainEqual(expect.objectContaining({ step: null, to: 'cancelled', reason: 'ordered twice' }));
    });

    it('fails with 1 for a task that there is not', async () => {
      expect(await tasker('task', 'watch', '01a1f91a-0000-7000-8000-000000000000')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('There is no task'),
      });
    });
  });

  describe('without a server', () => {
    it('says that none answers, and how to start one', async () => {
      const { code, stderr } = await cli.run(['task', 'list', '--url', 'http://127.0.0.1:9'], { TASKER_URL: url });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^No Tasker server answers at http:\/\/127\.0\.0\.1:9 \(.+\)\. Start one with `tasker serve`/,
      );
    });

    it('says that something else answers', async () => {
      const other = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
      await new Promise((resolve) => other.once('listening', resolve));
      const address = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
      const { code, stderr } = await tasker('task', 'list', '--url', address);
      other.close();
      expect([code, stderr]).toEqual([
        1,
        `What answers at ${address}/tasker is not a Tasker server (status 200): check --url or TASKER_URL.\n`,
      ]);
    });

    it('refuses what is no address', async () => {
      expect((await tasker('task', 'list', '--url', 'localhost:3000')).stderr).toContain('write http://host:port');
    });
  });

  describe('template', () => {
    /** All at once: each of them loads what reads templates. */
    const template = (...commands: string[]): Promise<Outcome[]> =>
      Promise.all(commands.map((words) => tasker('template', ...words.split(' '))));

    it('lists the templates of the settings, the highest version first', async () => {
      const [all, shop, other] = await template(
        'list --json',
        'list --namespace shop',
        'list --namespace other --json',
      );
      expect(JSON.parse(all!.stdout).templates).toEqual([
        expect.objectContaining({ full_name: 'shop.shipment@1.2.0', step_count: 3 }),
        expect.objectContaining({ full_name: 'shop.shipment@1.1.0' }),
      ]);
      expect(shop!.stdout).toMatch(/^shop +shipment +1\.2\.0 +3 {2}Ship/m);
      expect(JSON.parse(other!.stdout)).toEqual({ templates: [] });
    });

    it('shows one, by name, version or file', async () => {
      const [highest, older, byFile] = await template(
        'show shipment',
        'show shop.shipment@1.1.0 --json',
        'show templates/shipment-1.1.yaml --json',
      );
      expect(highest!.stdout).toMatch(/ {4}1 {2}ship .*pick, pay\n$/);
      expect(JSON.parse(older!.stdout)).toMatchObject({
        version: '1.1.0',
        steps: [{ level: 0 }, { level: 0 }, { level: 1, name: 'ship' }],
      });
      expect(byFile!.stdout).toBe(older!.stdout);
    });

    it('says what there is in place of what there is not', async () => {
      const [misspelt, tooNew] = await template('show shipmnt', 'show shipment@9.0.0');
      expect(misspelt).toMatchObject({ code: 1, stderr: expect.stringContaining('Did you mean "shipment"?') });
      expect(tooNew).toMatchObject({ code: 1, stderr: 'shipment has the versions 1.2.0, 1.1.0.\n' });
    });

    it('draws one as Mermaid', async () => {
      const drawn = 'graph TD\n  s0["pick"]\n  s1["pay"]\n  s2["ship"]\n  s0 --> s2\n  s1 --> s2\n';
      const diagrams = await template('diagram shipment', 'diagram templates/shipment.yaml');
      expect(diagrams.map(({ stdout }) => stdout)).toEqual([drawn, drawn]);
    });

    it('names every finding by file, line and column, and exits with 1', async () => {
      writeFileSync(join(cli.workFolder, 'bad.yaml'), SHIPMENT.replace('[pick, pay]', '[pik, pay]'));
      const [bad, good, list] = await template('validate bad.yaml templates', 'validate templates', 'list bad.yaml');
      expect(bad!.code).toBe(1);
      expect(bad!.stdout).toMatch(/bad\.yaml:13:\d+: .*Did you mean "pick"\?\n$/);
      expect(good).toEqual({ code: 0, stdout: '2 templates are valid\n', stderr: '' });
      expect(list).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/bad\.yaml:13:/) });
    });
  });

  it('generates types, once for the same templates, and checks that they are up to date', async () => {
    const types = (...more: string[]): Promise<Outcome> =>
      tasker('generate', 'types', '--out', 'src/types.ts', ...more);
    expect((await types('--check')).stderr).toContain('src/types.ts is not up to date');
    expect((await types()).stdout).toBe('src/types.ts is written: types of 2 templates\n');
    expect((await types('--check')).code).toBe(0);
    const written = readFileSync(join(cli.workFolder, 'src', 'types.ts'), 'utf8');
    expect((await tasker('generate', 'types', 'templates/shipment.yaml', 'templates/shipment-1.1.yaml')).stdout).toBe(
      written,
    );
    expect(written).toContain("  'shop.shipment@1.1.0': ShopShipment110Template;");
  });

  it('starts a worker that takes no requests, and stops on a signal', async () => {
    const worker = cli.start(['work'], { DATABASE_URL: database.url, PORT: new URL(url).port });
    const [, address] = await worker.said(/Tasker is ready on (\S+)/);
    expect(address).not.toBe(url);
    expect((await tasker('task', 'list', '--url', address!)).code).toBe(1);
    expect((await worker.stop()).code).toBe(0);
  });

  it('shows the settings with the password masked', async () => {
    const env = { DATABASE_URL: 'postgres://me:secret@db/x', TASKER_ROLES: 'worker' };
    const { stdout } = await cli.run(['config', '--json'], env);
    expect(JSON.parse(stdout)).toMatchObject({ database: { url: 'postgres://me:***@db/x' }, roles: ['worker'] });
    expect((await cli.run(['config'], env)).stdout).toContain('url: postgres://me:***@db/x');
  });

  it('migrates the database, twice without harm', async () => {
    for (let time = 1; time <= 2; time++) {
      const { code, stdout } = await cli.run(['migrate'], { DATABASE_URL: database.url });
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^The schema "tasker" is up to date/)]);
    }
    expect((await cli.run(['migrate'])).stderr).toContain('DATABASE_URL is not set');
  });

  it('explains itself, and suggests what was meant', async () => {
    const help = await tasker('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('Exit codes:');
    const misspelt = await tasker('task', 'wach');
    expect(misspelt).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('(Did you mean watch?)') });
  });

  it('prints the completion of a shell', async () => {
    expect((await tasker('completion', 'bash')).stdout).toContain('complete -o default -F _tasker tasker');
  });
});
