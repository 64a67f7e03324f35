import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  ExportService,
  PluginRegistry,
  Registries,
  type ExportData,
  type Exporter,
  type RegistryChange,
  type TaskerError,
} from '../../src/index.js';
import { engines, eventually, Gate, LOG, single } from '../support/engine.js';

class XmlExporter implements Exporter {
  readonly format = 'xml';
  readonly contentType = 'application/xml';

  export(data: ExportData): Buffer {
    const names = data.what === 'tasks' ? data.tasks.map(({ name }) => `<task>${String(name as string)}</task>`) : [];
    return Buffer.from(`<tasks>${names.join('')}</tasks>`);
  }
}

@Injectable()
class Xml implements OnModuleInit {
  constructor(private readonly plugins: PluginRegistry) {}
  onModuleInit(): void {
    this.plugins.register(new XmlExporter());
  }
}

const { start, make } = engines();

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tasker-exports-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const options = {
  templates: [single('greet'), single('wait'), single('secret', {}, { security: { masked_fields: ['card'] } })],
  handlers: {
    greet: () => ({ greeting: 'hello, "you"' }),
    wait: () => new Promise(() => undefined),
    secret: () => ({ card: '4242' }),
  },
};

describe('an export of tasks', () => {
  it('has all of them, under the names that HTTP has for their fields', async () => {
    const engine = await start(options);
    for (let n = 0; n < 3; n++) await engine.run('greet', { context: { n }, tags: ['a'] });
    const exports = engine.get(ExportService);
    const exported = await exports.export({
      format: 'json',
      what: 'tasks',
      steps: true,
      filter: { sort: 'created_at' },
    });
    expect(exported).toMatchObject({ contentType: 'application/json', recordCount: 3, isComplete: true });
    const { tasks } = JSON.parse(exported.body as string) as { tasks: Record<string, unknown>[] };
    expect(tasks).toMatchObject(
      [0, 1, 2].map((n) => ({
        full_name: 'default.greet@0.1.0',
        status: 'complete',
        context: { n },
        tags: ['a'],
        created_at: expect.stringMatching(/Z$/),
        steps: [{ name: 'only', results: { greeting: 'hello, "you"' }, retry_limit: 3 }],
      })),
    );
    const csv = String((await exports.export({ format: 'csv', what: 'tasks', limit: 2 })).body);
    expect(csv.split('\r\n')).toHaveLength(4);
    expect(csv).toContain('"{""n"":2}"');
    expect((await exports.export({ format: 'csv', what: 'tasks', limit: 2 })).isComplete).toBe(false);
    expect((await exports.export({ format: 'json', what: 'tasks', filter: { tag: 'b' } })).recordCount).toBe(0);
  });

  it('hides what templates hide', async () => {
    const engine = await start(options);
    await engine.run('secret', { context: { card: '4242', cart: 1 } });
    const { body } = await engine.get(ExportService).export({ format: 'json', what: 'tasks', steps: true });
    expect(body).not.toContain('4242');
    expect(body).toContain('"cart": 1');
  });

  it('goes to a file, whole, and is told of', async () => {
    const engine = await start(options);
    await engine.run('greet');
    const file = join(folder, 'deep', 'tasks.csv');
    const { body } = await engine.get(ExportService).export({ format: 'csv', what: 'tasks', file });
    expect(readFileSync(file, 'utf8')).toBe(body);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['tasks.csv']);
    expect(engine.events.filter(({ event }) => event.startsWith('observability.export'))).toMatchObject([
      {
        event: 'observability.export.completed',
        ...{ format: 'csv', what: 'tasks', file, record_count: 1, byte_count: Buffer.byteLength(body) },
      },
    ]);
  });

  it('that cannot be written leaves nothing behind, and is told of', async () => {
    const engine = await start(options);
    writeFileSync(join(folder, 'taken'), '');
    const file = join(folder, 'taken', 'tasks.json');
    await expect(engine.get(ExportService).export({ format: 'json', what: 'tasks', file })).rejects.toThrow(
      /ENOTDIR|EEXIST/,
    );
    expect(engine.events.at(-1)).toMatchObject({
      event: 'observability.export.failed',
      file,
      error_message: expect.stringMatching(/ENOTDIR|EEXIST/),
    });
  });

  it.each([
    [{ format: 'jsn', what: 'tasks' }, 'There is no exporter for the format "jsn". Did you mean "json"?'],
    [{ format: 'prometheus', what: 'tasks' }, 'The format "prometheus" has no tasks: choose json, csv.'],
    [{ format: 'json', what: 'steps' }, 'The export is not valid: what must be one of tasks, metrics.'],
    [{ format: 'json', what: 'tasks', limit: 0 }, /limit must be a whole number/],
    [{ format: 'json', what: 'metrics', filter: {} }, /filter is for tasks alone/],
    [{ format: 'json', what: 'tasks', filter: { limit: 3 } }, /filter\.limit cannot be given/],
    [{ format: 'json', what: 'tasks', filter: { tagg: 'a' } }, /tagg: is not a filter\. Did you mean "tag"\?/],
  ])('refuses %j', async (request, message) => {
    const engine = await start();
    await expect(engine.get(ExportService).export(request as never)).rejects.toMatchObject({ code: 'request_invalid' });
    await expect(engine.get(ExportService).export(request as never)).rejects.toThrow(message);
  });
});

describe('an export of metrics', () => {
  it('has what is under way and what is registered, as Prometheus reads it', async () => {
    const engine = await start(options);
    const { taskId } = await engine.create('wait');
    await eventually('it runs', async () => (await engine.look(taskId)).statuses.only === 'in_progress');
    const later = new Date(Date.now() + 3_600_000);
    await engine.create('greet', { runAt: later });
    await engine.sql("select register_subscription('audit', '{task.*}', false)");
    const { body, contentType } = await engine.get(ExportService).export({ format: 'prometheus', what: 'metrics' });
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = String(body).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        '# TYPE tasker_tasks gauge',
        'tasker_tasks{state="in_progress"} 1',
        'tasker_steps{state="in_progress"} 1',
        'tasker_steps_claimable 0',
        'tasker_steps_due_later 1',
        'tasker_workers{state="live"} 1',
        'tasker_worker_slots 20',
        '# TYPE tasker_subscription_lag_rows gauge',
        expect.stringMatching(/^tasker_subscription_lag_rows\{subscription="audit"\} [1-9]/),
        expect.stringMatching(/^tasker_subscription_lag_seconds\{subscription="audit"\} \d/),
        'tasker_registry_entries{registry="handlers"} 3',
        'tasker_registry_entries{registry="plugins"} 3',
      ]),
    );
  });
});

describe('a plugin of the application', () => {
  it('exports in its format, on demand and on schedule', async () => {
    const file = join(folder, 'tasks.xml');
    const engine = await start({
      ...options,
      providers: [Xml],
      tasker: { exports: [{ format: 'xml', what: 'tasks', file, everyMs: 20 }] },
    });
    await eventually('the first is there', () => existsSync(file));
    await engine.run('greet');
    await eventually('another is made', () => readFileSync(file, 'utf8') === '<tasks><task>greet</task></tasks>');
    const { body } = await engine.get(ExportService).export({ format: 'xml', what: 'tasks' });
    expect(String(body)).toBe('<tasks><task>greet</task></tasks>');
  });

  it('that fails is logged, and does not stop the schedule', async () => {
    let calls = 0;
    const gate = new Gate();
    const flaky: Exporter = {
      format: 'flaky',
      contentType: 'text/plain',
      export: async () => {
        if (++calls === 1) throw new Error('no ink');
        await gate.pass();
        return 'written';
      },
    };
    @Injectable()
    class Flaky implements OnModuleInit {
      constructor(private readonly plugins: PluginRegistry) {}
      onModuleInit(): void {
        this.plugins.register(flaky);
      }
    }
    const file = join(folder, 'flaky');
    const exports = [{ format: 'flaky', what: 'tasks' as const, file, everyMs: 5 }];
    const engine = await start({ providers: [Flaky], tasker: { exports } });
    await gate.reached();
    expect(LOG.lines.join()).toContain(`Exporting tasks as flaky to ${file} failed: Error: no ink`);
    expect(calls).toBe(2);
    const stopping = engine.stop();
    gate.open();
    await stopping;
    expect(readFileSync(file, 'utf8')).toBe('written');
  });

  it('stops the start where a schedule asks for what cannot be', async () => {
    const file = join(folder, 'x');
    const exports = [
      { format: 'xml', what: 'tasks' as const, file, everyMs: 1_000 },
      { format: 'json', what: 'tasks' as const, file, everyMs: 1_000, filter: { status: 'done' } },
    ];
    const error = await (await make({ tasker: { exports } })).start().then(
      () => null,
      (thrown: TaskerError) => thrown,
    );
    expect(error!.findings).toEqual([
      { path: 'exports.0', message: 'There is no exporter for the format "xml". There are csv, json, prometheus.' },
      { path: 'exports.1', message: expect.stringContaining('status: must be one of') },
    ]);
  });

  it('is registered like everything else: conflicts, replacing, validation, figures, events', async () => {
    const engine = await start();
    const plugins = engine.get(PluginRegistry);
    const changes: RegistryChange[] = [];
    engine.get(Registries).onChange((change) => void changes.push(change));
    const json = { format: 'json', contentType: 'application/json', export: () => '{}' };
    expect(() => plugins.register(json)).toThrow(
      /Two plugins export "json": JsonExporter and Object.*\{ replace: true \}/,
    );
    plugins.register(json, { replace: true });
    expect(plugins.get('json')).toBe(json);
    const lacking = { format: 'pdf', contentType: 'application/pdf', exprt: () => '' };
    expect(() => plugins.register(lacking as never)).toThrow(
      "Plugin validation failed: Object does not implement required method 'export'. Required methods: [export]. " +
        "Suggestion: Implement Exporter: format, contentType and export(data). Did you mean 'export' where it says 'exprt'?",
    );
    expect(() => plugins.register({ ...json, format: 'J S' })).toThrow(/needs a format of lower-case letters/);
    expect(() => plugins.register({ ...json, format: 'x', kinds: ['steps'] as never })).toThrow(/has kinds other than/);
    expect(plugins.unregister('json')).toBe(true);
    expect(plugins.stats()).toMatchObject({ total_plugins: 2, supported_formats: ['csv', 'prometheus'] });
    expect(changes.map(({ type, entityId }) => `${type} ${entityId}`)).toEqual([
      'registered json',
      'validation_failed pdf',
      'unregistered json',
    ]);
    expect(engine.events.slice(-3)).toMatchObject([
      { event: 'plugin.registered', entity_type: 'telemetry_plugin', entity_id: 'json', registry_name: 'plugins' },
      { event: 'plugin.validation_failed', validation_error: expect.stringContaining('export') },
      { event: 'plugin.unregistered', entity_id: 'json' },
    ]);
  });
});
