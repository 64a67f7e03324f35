import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOG_COMPONENTS } from '../core/log-levels.js';

const SRC = join(__dirname, '..');
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.startsWith('schematics'))
  .map((path) => ({ path, text: readFileSync(join(SRC, path), 'utf8') }));
/** The names of Tasker's own loggers, and those that lines are written under directly. */
const named = sources.flatMap(({ path, text }) =>
  [...text.matchAll(/new Logger\(([^)]*)\)|'(tasker\.\w+)'/g)].map(([, made, direct]) => ({
    path,
    name: direct ?? made!.slice(1, -1),
  })),
);

describe('the components of log lines', () => {
  it('are what every logger of Tasker is named after, behind "tasker."', () => {
    const known = Object.keys(LOG_COMPONENTS).map((component) => `tasker.${component}`);
    const loggers = named.filter(({ name, path }) => !name.startsWith('tasker.') || isLogger(path, name));
    expect(loggers.filter(({ name }) => !known.includes(name))).toEqual([]);
  });

  it('each have a logger', () => {
    const used = new Set(named.map(({ name }) => name));
    expect(Object.keys(LOG_COMPONENTS).filter((component) => !used.has(`tasker.${component}`))).toEqual([]);
  });
});

/** Other things may have such names, too: attributes, events for a host, resources. */
const isLogger = (path: string, name: string): boolean =>
  sources.find((one) => one.path === path)!.text.includes(`new Logger('${name}')`);
