import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';

const ROOT = join(__dirname, '..');
const SRC = join(ROOT, 'src');

/** Rooms by floor: a room imports only from lower floors. */
const FLOORS: Record<string, number> = {
  core: 1,
  config: 2,
  events: 2,
  logging: 2,
  metrics: 2,
  telemetry: 3,
  templates: 3,
  subscribers: 3,
  declarations: 4,
  registry: 4,
  persistence: 5,
  client: 6,
  orchestration: 6,
  worker: 7,
  alerts: 7,
  auth: 7,
  delivery: 7,
  plugins: 7,
  health: 7,
  analytics: 8,
  api: 9,
  // the module and its lifecycle, which put the rooms together, and the barrel
  '': 10,
  testing: 11,
  schematics: 11,
  server: 11,
  cli: 12,
};

/** What a room must not import though the floors would allow it, and why. */
const FORBIDDEN: Record<string, string[]> = {
  // HTTP asks the client; a process that runs no steps has no worker
  api: ['worker', 'orchestration'],
  // probes look from outside
  health: ['client', 'orchestration'],
};

/** Rooms that use Tasker as a host does: through the barrel alone (the commands also start the server and run the generators). */
const OUTSIDE: Record<string, string[]> = {
  server: ['index.ts', 'telemetry/preload.ts'],
  cli: ['index.ts', 'telemetry/preload.ts', 'server', 'schematics'],
};

interface Import {
  from: string;
  to: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.[jt]s$/.test(path) && !path.endsWith('.spec.ts'))
  .map((path) => path.split(sep).join('/'));
const sources = new Map(files.map((path) => [path, readFileSync(join(SRC, path), 'utf8')]));
const imports = files.flatMap(importsOf);

function importsOf(from: string): Import[] {
  const targets = [...sources.get(from)!.matchAll(/(?:from|import)\s+'(\.[^']+)'/g)].map(([, path]) => path!);
  return targets.map((path) => {
    const to = normalize(join(dirname(from), path))
      .split(sep)
      .join('/')
      .replace(/\.js$/, '.ts');
    return { from, to };
  });
}

const roomOf = (path: string): string => (path.includes('/') ? path.split('/')[0]! : '');
const show = ({ from, to }: Import): string => `${from} imports ${to}`;

describe('the house', () => {
  it('has a floor for every room', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => FLOORS[room] === undefined)).toEqual([]);
  });

  it('lets a room import only from lower floors', () => {
    const wrong = imports.filter(({ from, to }) => {
      const [room, other] = [roomOf(from), roomOf(to)];
      return room !== other && FLOORS[room]! <= FLOORS[other]!;
    });
    expect(wrong.map(show)).toEqual([]);
  });

  it('keeps apart what must not know each other', () => {
    const wrong = imports.filter(({ from, to }) => FORBIDDEN[roomOf(from)]?.includes(roomOf(to)));
    expect(wrong.map(show)).toEqual([]);
  });

  it('builds the server and the commands on the barrel alone', () => {
    const wrong = imports.filter(({ from, to }) => {
      const allowed = OUTSIDE[roomOf(from)];
      return allowed && roomOf(to) !== roomOf(from) && !allowed.includes(to) && !allowed.includes(roomOf(to));
    });
    expect(wrong.map(show)).toEqual([]);
  });

  it('has the barrel, the test kit’s door, and no other index', () => {
    const doors = files.filter((path) => path === 'index.ts' || path.endsWith('/index.ts'));
    expect(doors.filter((path) => path !== 'testing/index.ts')).toEqual(['index.ts']);
    const insiders = imports.filter(({ from, to }) => to === 'index.ts' && OUTSIDE[roomOf(from)] === undefined);
    expect(insiders.filter(({ from }) => roomOf(from) !== 'testing').map(show)).toEqual([]);
  });

  it('has no circle of imports', () => {
    expect(circle()).toBeNull();
  });

  it('has no forwardRef, and no static state that changes', () => {
    const wrong = files.filter((path) =>
      /forwardRef\(|^\s*(?:private |public |protected )?static (?!readonly|async|create|for|connect)\w+\s*[:=]/m.test(
        sources.get(path)!,
      ),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps SQL in persistence', () => {
    const sql = /`\s*(select\s|insert into\s|update\s\w|delete from\s|with\s\w+\sas)/i;
    const allowed = (path: string): boolean => ['persistence', 'health'].includes(roomOf(path));
    expect(files.filter((path) => !allowed(path) && sql.test(sources.get(path)!))).toEqual([]);
  });

  it('has examples that use the package as anybody would', () => {
    const examples = join(ROOT, 'examples');
    const wrong = readdirSync(examples, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
      .filter((path) => /from '(\.\.\/)+(src|dist|test)\//.test(readFileSync(join(examples, path), 'utf8')));
    expect(wrong.map((path) => relative(ROOT, join(examples, path)))).toEqual([]);
  });
});

/** Files that import each other in a circle; null if none do. */
function circle(): string[] | null {
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): string[] | null => {
    const seen = trail.indexOf(path);
    if (seen >= 0) return [...trail.slice(seen), path];
    if (done.has(path)) return null;
    for (const { to } of imports.filter(({ from }) => from === path)) {
      const found = visit(to, [...trail, path]);
      if (found) return found;
    }
    done.add(path);
    return null;
  };
  for (const path of files) {
    const found = visit(path, []);
    if (found) return found;
  }
  return null;
}
