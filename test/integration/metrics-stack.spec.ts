import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PermanentError, RetryableError, StepHandler, StepHandlerBase } from '../../src/index.js';
import * as families from '../../src/metrics/families.js';
import { aborted, engines, eventually, single } from '../support/engine.js';
import { selectorsOf } from '../support/promql.js';
import { scrape } from '../support/scrape.js';

const ROOT = join(__dirname, '..', '..');
const CONFIG = join(ROOT, 'config');

/** What Prometheus itself adds to what it scrapes. */
const ADDED_LABELS = ['job', 'instance'];
const ADDED = new Map([['up', ADDED_LABELS]]);

interface Dashboard {
  uid: string;
  panels: { title: string; targets?: { expr: string; datasource: { uid: string } }[] }[];
  templating: { list: { query: { query: string } }[] };
}
interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
}

const filesIn = (folder: string): string[] => readdirSync(folder).map((name) => join(folder, name));
const dashboards = filesIn(join(CONFIG, 'grafana', 'dashboards')).map(
  (path) => JSON.parse(readFileSync(path, 'utf8')) as Dashboard,
);
const rules = filesIn(join(CONFIG, 'prometheus', 'rules')).flatMap((path) =>
  (parse(readFileSync(path, 'utf8')) as Rules).groups.flatMap((group) => group.rules),
);

const { start } = engines('afterAll');
/** Metrics, by the names of their samples, with all labels that they have had. */
const exposed = new Map<string, Set<string>>();
/** Families, by their names. */
const types = new Map<string, { type: string }>();

@StepHandler('guarded')
class Guarded extends StepHandlerBase {
  readonly circuitBreaker = true;

  process(): never {
    throw new RetryableError('gone', { errorCategory: 'network' });
  }
}

/** A process that has gone through everything there is a figure of. */
beforeAll(async () => {
  let busy = true;
  const engine = await start({
    templates: [
      single('works', {}, { alerts: [{ name: 'slow', condition: 'step_execution_time > 1h' }] }),
      single('fails'),
      single('waits'),
      single('hangs', { timeout_seconds: 0.01, default_retry_limit: 1 }),
      single('guarded', {
        ...{ default_retry_limit: 1, dependent_system: 'bank' },
        handler_config: { circuit_breaker: { failure_threshold: 1 } },
      }),
    ],
    handlers: {
      works: () => {
        if (!(busy = !busy)) throw new RetryableError('busy');
        return {};
      },
      fails: () => {
        throw new PermanentError('no');
      },
      waits: () => {
        throw new RetryableError('later', { retryAfter: 3_600 });
      },
      hangs: ({ signal }) => aborted(signal),
    },
    providers: [Guarded],
  });
  await engine.create('waits');
  await engine.sql("select register_subscription('audit', '{task.*}', false)");
  for (const name of ['works', 'fails', 'hangs', 'guarded']) await engine.run(name);
  const missing = (names: ReadonlySet<string>) =>
    Object.values(families).filter(({ name }) => !['', '_total', '_bucket'].some((suffix) => names.has(name + suffix)));
  let seen = new Set<string>();
  await eventually('it has figures of everything', async () => {
    const figures = await scrape(engine);
    for (const [family, { type, points }] of figures.families) {
      types.set(family, { type });
      for (const { name, labels } of points) {
        exposed.set(name, new Set([...(exposed.get(name) ?? []), ...Object.keys(labels)]));
      }
    }
    seen = new Set(exposed.keys());
    return missing(seen).length === 0;
  }).catch((error: Error) => {
    throw new Error(
      `${error.message}: not ${missing(seen)
        .map(({ name }) => name)
        .join(', ')}`,
    );
  });
}, 60_000);

/** What a query asks for that no process exposes. */
function problemsOf(query: string): string[] {
  return selectorsOf(query).flatMap(({ metric, labels }) => {
    const known = ADDED.get(metric) ?? (exposed.has(metric) ? [...exposed.get(metric)!, ...ADDED_LABELS] : null);
    if (known === null) return [`there is no metric ${metric}: ${query}`];
    return labels.filter((label) => !known.includes(label)).map((label) => `${metric} has no ${label}: ${query}`);
  });
}

describe('dashboards', () => {
  it('are one for operations, and one for a template', () => {
    expect(dashboards.map(({ uid }) => uid).sort()).toEqual(['tasker-operations', 'tasker-template']);
  });

  it('ask for metrics and labels that there are, of sources that are provisioned', () => {
    const path = join(CONFIG, 'grafana', 'provisioning', 'datasources', 'tasker.yml');
    const { datasources } = parse(readFileSync(path, 'utf8')) as { datasources: { uid: string }[] };
    const sources = datasources.map(({ uid }) => uid);
    const targets = dashboards.flatMap(({ panels }) => panels.flatMap((panel) => panel.targets ?? []));
    expect(targets.length).toBeGreaterThan(30);
    expect(targets.flatMap(({ expr }) => problemsOf(expr))).toEqual([]);
    expect(targets.filter(({ datasource }) => !sources.includes(datasource.uid))).toEqual([]);
  });

  it('choose by labels that there are', () => {
    const queries = dashboards.flatMap(({ templating }) => templating.list.map(({ query }) => query.query));
    expect(queries).toHaveLength(2);
    for (const query of queries) {
      const [, selector, label] = /^label_values\((.*), (\w+)\)$/.exec(query)!;
      expect(problemsOf(`sum by (${label}) (${selector})`)).toEqual([]);
    }
  });
});

describe('alert rules', () => {
  it('ask for metrics and labels that there are, and say what to do', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.flatMap(({ expr }) => problemsOf(expr))).toEqual([]);
    for (const { alert, annotations } of rules) {
      expect(alert).toMatch(/^Tasker[A-Z]/);
      expect(Object.keys(annotations)).toEqual(['summary', 'description']);
    }
  });

  it('are those that Prometheus reads, where it scrapes the application', () => {
    const config = parse(readFileSync(join(CONFIG, 'prometheus', 'prometheus.yml'), 'utf8')) as {
      rule_files: string[];
      scrape_configs: { metrics_path: string; dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    expect(config.rule_files).toEqual(['rules/*.yml']);
    expect(config.scrape_configs).toMatchObject([
      { metrics_path: '/tasker/metrics', dns_sd_configs: [{ names: ['app'], port: 3000 }] },
    ]);
  });
});

describe('docs/telemetry.md', () => {
  it('lists what there is to see, with its type and labels', () => {
    const text = readFileSync(join(ROOT, 'docs', 'telemetry.md'), 'utf8');
    const listed = [...text.matchAll(/^\| `(tasker_\w+)` +\| (\w+) +\| ([^|]*?) +\| (.*?) +\|$/gm)].map(
      ([, name, type, labels, help]) => ({ name: name!.replace(/_total$/, ''), type, labels: words(labels!), help }),
    );
    const known = Object.values(families).map(({ name, labels, help }) => {
      const { type } = types.get(name)!;
      return { name, type, labels: [...labels].sort(), help };
    });
    const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
    expect(listed.sort(byName)).toEqual(known.sort(byName));
  });

  it('is about names that begin with tasker_, end in their unit, and have no ids among their labels', () => {
    for (const { name, unit, labels } of Object.values(families)) {
      expect(name).toMatch(
        unit === null ? /^tasker_[a-z_]+(?<!_seconds|_ratio|_rows|_total)$/ : new RegExp(`^tasker_[a-z_]+_${unit}$`),
      );
      expect(labels.filter((label) => /(^|_)id$/.test(label))).toEqual([]);
    }
  });
});

const words = (cell: string): string[] => [...cell.matchAll(/\w+/g)].map(([word]) => word).sort();

describe('what tells queries from wrong ones', () => {
  it.each([
    ['sum(rate(tasker_step_attempts[5m]))', 'there is no metric tasker_step_attempts:'],
    ['sum by (task_id) (rate(tasker_step_attempts_total[5m]))', 'tasker_step_attempts_total has no task_id:'],
    ['tasker_tasks{status="error"} > 0', 'tasker_tasks has no status:'],
    ['histogram_quantile(0.5, sum by (le) (rate(tasker_step_duration_bucket[5m])))', 'there is no metric'],
  ])('finds what is wrong with %s', (query, problem) => {
    expect(problemsOf(query)).toEqual([expect.stringContaining(problem)]);
  });
});

interface Service {
  image?: string;
  build?: string;
  ports?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  depends_on?: Record<string, unknown> | string[];
}

describe('the compose file', () => {
  const { services, volumes } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };

  it('has the application and everything around it', () => {
    expect(Object.keys(services)).toEqual(
      expect.arrayContaining(['app', 'postgres', 'jaeger', 'prometheus', 'grafana']),
    );
  });

  it('opens nothing to other machines, and lets nobody in without a key', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(services.app!.environment).toMatchObject({ TASKER_API_KEYS: 'true' });
  });

  it('names versions of images, services, volumes and files that there are', () => {
    for (const { image, build, volumes: mounts = [], depends_on: needed = [] } of Object.values(services)) {
      if (build === undefined) expect(image).toMatch(/:v?\d/);
      for (const name of Array.isArray(needed) ? needed : Object.keys(needed)) expect(services).toHaveProperty(name);
      for (const mount of mounts) {
        const [source] = mount.split(':') as [string];
        if (source.startsWith('.')) expect(() => readdirSync(join(ROOT, source))).not.toThrow();
        else expect(volumes).toHaveProperty(source);
      }
    }
  });
});
