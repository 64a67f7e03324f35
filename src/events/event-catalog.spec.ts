import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TaskerError } from '../core/errors.js';
import { EventCatalog, type EventInfo } from './event-catalog.js';
import { eventDocs } from './event-docs.js';
import { EVENT_CATEGORIES, EVENT_NAMES } from './event-name.js';

const SRC = join(__dirname, '..');
const events = new EventCatalog();
const all = Object.values<EventInfo>(events.catalog);
const ajv = addFormats(new Ajv2020({ allErrors: true, allowUnionTypes: true }));

function thrownBy(work: () => unknown): TaskerError {
  try {
    work();
  } catch (error) {
    return error as TaskerError;
  }
  throw new Error('nothing was thrown');
}

/** Sources of the engine's classes that publish on the bus, by the class's name. */
function publishers(): Map<string, string> {
  const paths = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('events'));
  const sources = paths
    .filter((path) => /(?<!spec)\.ts$/.test(path))
    .map((path) => readFileSync(join(SRC, path), 'utf8'));
  const publishing = sources.filter((source) => /EventBus/.test(source) && /\.publish(Of)?\(/.test(source));
  return new Map(publishing.map((source) => [/export class (\w+)/.exec(source)![1]!, source]));
}

describe('the catalog', () => {
  it('lists events by category and name', () => {
    expect(EVENT_CATEGORIES.slice(0, 4)).toEqual(['task', 'step', 'workflow', 'observability']);
    for (const { name, category } of all) expect(name.split('.')[0]).toBe(category);
    expect(Object.keys(events.catalog)).toEqual(EVENT_NAMES);
  });

  it.each(all.map((event) => [event.name, event] as const))('%s has an example that its schema allows', (_, event) => {
    const validate = ajv.compile(event.payload_schema);
    expect([validate(event.example_payload), validate.errors]).toEqual([true, null]);
    expect(event.example_payload.event).toBe(event.name);
    expect(validate({ ...event.example_payload, surprise: 1 })).toBe(false);
    expect(validate({ ...event.example_payload, timestamp: undefined })).toBe(false);
    expect(validate({ ...event.example_payload, event: 'task.other' })).toBe(false);
  });

  it('names the classes that publish an event, and no other', () => {
    const sources = [...publishers()];
    expect(sources.length).toBeGreaterThan(2);
    for (const { name, category, fired_by } of all) {
      const named = sources.flatMap(([type, source]) => (source.includes(`'${name}'`) ? [type] : []));
      const built = new RegExp(`[\`$](${category}\\.|\\{\\w*\\}\\.)\\$\\{`);
      const building = sources.flatMap(([type, source]) => (built.test(source) ? [type] : []));
      const publishing = [...named, ...fired_by.filter((type) => building.includes(type))];
      expect({ name, fired_by: [...fired_by].sort() }).toEqual({ name, fired_by: [...new Set(publishing)].sort() });
    }
  });

  it('resolves names and their aliases', () => {
    for (const name of EVENT_NAMES) {
      expect(events.resolve(name)).toBe(name);
      expect(events.resolve(name.replaceAll('.', '_'))).toBe(name);
      expect(events.eventInfo(name.replaceAll('.', '_'))).toBe(events.catalog[name]);
    }
  });

  it.each([
    ['task.complted', 'Did you mean "task.completed"?'],
    ['task_complted', 'Did you mean "task.completed"?'],
    ['stp.*', 'Did you mean "step.*"?'],
    ['constructor', 'Known: task.*, step.*,'],
    ['', 'Known: '],
    ['task.completed.*', 'Did you mean "task.completed"?'],
    ['x'.repeat(100_000), 'Known: '],
  ])('does not know "%.20s"', (name, hint) => {
    const error = thrownBy(() => events.resolve(name));
    expect(error).toBeInstanceOf(TaskerError);
    expect(error.code).toBe('event_unknown');
    expect(error.message).toContain(hint);
    expect(error.message.length).toBeLessThan(1_000);
  });

  it('matches patterns', () => {
    expect(events.match('*')).toEqual(EVENT_NAMES);
    expect(events.match('observability.worker.*')).toEqual([
      'observability.worker.started',
      'observability.worker.stopped',
      'observability.worker.lost',
    ]);
    expect(events.match('task.*')).toEqual(EVENT_NAMES.filter((name) => name.startsWith('task.')));
    expect(events.match('step_failed')).toEqual(['step.failed']);
    expect(thrownBy(() => events.match('tasks.*')).message).toContain('Did you mean "task.*"?');
  });

  it('finds events by words of their name, alias or description', () => {
    const found = (text: string): string[] => events.searchEvents(text).map(({ name }) => name);
    expect(found('task_completed')).toEqual(['task.completed']);
    expect(found('WORKER died')).toEqual(['step.worker_lost']);
    expect(found('step retry_')).toEqual(['step.retry_scheduled', 'observability.step.backoff']);
    expect(events.searchEvents('', 'workflow').map(({ name }) => name)).toEqual(events.match('workflow.*'));
    expect(found('nothing of the kind')).toEqual([]);
    expect(found(' ')).toEqual(EVENT_NAMES);
  });

  it('is what docs/events.md tells (node scripts/write-event-docs.mjs after a build)', () => {
    expect(readFileSync(join(SRC, '..', 'docs', 'events.md'), 'utf8')).toBe(eventDocs());
  });
});
