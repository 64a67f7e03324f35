import { ConditionError, parseCondition } from '../core/condition/condition.js';
import type { Finding } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import type { EventFilter } from '../events/event-filter.js';
import { DELIVERIES, SCOPES, type Delivery, type Scope } from '../events/subscriber-description.js';
import { key, located, reader, refuse, type Located, type Reader, type Reading } from '../templates/reader.js';
import { record } from '../templates/record.js';
import { boolean, freeMap, listOf, text, wordOf } from '../templates/values.js';
import { shown, type Place, type Written } from '../templates/written.js';
import { readDeclarations } from './declaration-files.js';

/** A subscription as its file says it. */
export interface WrittenSubscription {
  name: string;
  at: Place;
  className: Located<string>;
  enabled: boolean;
  /** Null for those that the class names itself. */
  events: Located<string>[] | null;
  config: { json: JsonObject; written: Written } | null;
  filter: EventFilter | null;
  delivery: Delivery | null;
  scope: Scope | null;
  reading: Reading;
}

const anyText = text();

const condition: Reader<string> = reader({ type: 'string' }, (written, label, reading) => {
  const given = anyText(written, label, reading);
  if (given === undefined) return undefined;
  try {
    parseCondition(given);
    return given;
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return refuse(written, `${label} is no condition, ${error.message}`, reading);
  }
});

const names: Reader<string | string[]> = reader({ type: ['string', 'array'] }, (written, label, reading) =>
  written.kind === 'list' ? listOf(anyText, 'names')(written, label, reading) : anyText(written, label, reading),
);

/** A map as it is written: whether its placeholders must have values, is not known yet. */
const anyMap: Reader<Written> = reader({ type: 'object' }, (written, label, reading) => {
  if (written.kind === 'unreadable' || written.kind === 'map') return written;
  return refuse(written, `${label} must be a map, but is ${shown(written)}`, reading);
});
const filledMap = freeMap('filled');

const filter = record(
  {
    namespace: key('Only of tasks in this namespace, or in one of these', names),
    name: key('Only of tasks of this name, or of one of these', names),
    condition: key('Only where it holds over the payload', condition),
  },
  { what: 'a filter' },
);

const keys = record(
  {
    class: key('A provider of the application by its class, or a subscriber that comes with Tasker', located(anyText)),
    enabled: key('Whether it is subscribed', boolean, true),
    events: key('Events by name, all that begin alike (step.*), or all (*)', listOf(located(anyText), 'events')),
    config: key("What the class is configured with, by the class's schema", anyMap),
    filter: key('Which of these events', filter),
    delivery: key('in_process: at most once; durable: at least once', wordOf(DELIVERIES), 'in_process'),
    scope: key('Facts of this process, or of all', wordOf(SCOPES), 'process'),
  },
  { what: 'a subscription', required: ['class'] },
);

const subscriptions: Reader<WrittenSubscription[]> = reader(
  { type: 'object', additionalProperties: keys.jsonSchema },
  (written, label, reading) => {
    if (written.kind === 'unreadable') return undefined;
    if (written.kind !== 'map') {
      return refuse(written, `${label} must be a map of subscriptions by name, but is ${shown(written)}`, reading);
    }
    return [...written.entries].flatMap(([name, { keyAt, value }]) => {
      const fields = keys(value, name, reading);
      if (fields?.class === undefined) return [];
      const { class: className, enabled = true, events = null, config, delivery = null, scope = null } = fields;
      const json = config && enabled ? filledMap(config, 'config', reading) : undefined;
      return [
        {
          name,
          at: keyAt,
          className,
          enabled,
          events,
          config: config && json ? { json, written: config } : null,
          filter: fields.filter ?? null,
          delivery,
          scope,
          reading,
        },
      ];
    });
  },
);

const file = record(
  { subscriptions: key('Subscriptions by their names', subscriptions) },
  { what: 'a file of subscriptions', required: ['subscriptions'] },
);

/**
 * The subscriptions that files declare; one name stands for one of them.
 *
 * @param sources - files, or folders of them
 * @param found - takes lists of what is wrong, to be asked when all is read
 */
export function readSubscriptionFiles(
  sources: readonly string[],
  env: NodeJS.ProcessEnv,
  found: (list: () => Finding[]) => void,
): WrittenSubscription[] {
  const documents = readDeclarations(sources, 'subscriptions: with a class for each', file, env, found);
  const first = new Map<string, WrittenSubscription>();
  for (const subscription of documents.flatMap(({ said }) => said.subscriptions ?? [])) {
    const { name, at, reading } = subscription;
    const known = first.get(name);
    if (!known) first.set(name, subscription);
    else
      reading.findings.report(
        at,
        `the subscription "${name}" is declared twice, first at ${known.at.text}: rename one`,
      );
  }
  return [...first.values()];
}
