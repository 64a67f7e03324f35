import type { ElementOptions } from '../element.js';
import type { Generator } from '../generation.js';
import { GenerationError } from '../generation-error.js';
import { wordsOf } from '../word-list.js';
import { KnownEvents } from './known-events.js';
import { eventMethod, methodOf, type EventMethod } from './event-method.js';
import { subscriberClass } from './subscriber-class.js';
import { subscriberSpec } from './subscriber-spec.js';

export interface SubscriberOptions extends ElementOptions {
  /** Names, aliases and patterns. @default task.completed and task.failed */
  events?: string | readonly string[];
}

/** A class with a method for each event, its spec, and an entry in the providers of the nearest module. */
export const subscriber: Generator<SubscriberOptions> = {
  blueprint(element, { events = ['task.completed', 'task.failed'], spec = true }) {
    const { name } = element;
    const className = `${name.pascal}Subscriber`;
    const stem = `${name.dashed}.subscriber`;
    const file = element.file(stem);
    const specFile = element.spec(stem);
    const methods = methodsFor(wordsOf(events), new KnownEvents(element.project));
    const files = [{ path: file, text: subscriberClass(className, methods) }];
    if (spec)
      files.push({ path: specFile, text: subscriberSpec(className, methods, element.specifier(specFile, file)) });
    return { files, declared: { className, list: 'providers', file } };
  },
};

/** One method for each event that is named, and one for all that patterns mean. */
function methodsFor(named: readonly string[], known: KnownEvents): EventMethod[] {
  if (named.length === 0) throw new GenerationError('A subscriber needs at least one event: --events task.completed');
  const patterns = [...new Set(named.filter((name) => name.endsWith('*')))];
  const events = named.filter((name) => !name.endsWith('*')).flatMap((name) => known.match(name));
  const byName = new Map(events.map((event) => [event.name, event]));
  const methods = [...byName].map(([name, event]) => eventMethod(methodOf(name), [name], [event]));
  if (patterns.length === 0) return methods;
  return [
    ...methods,
    eventMethod(
      'handle',
      patterns,
      patterns.flatMap((pattern) => known.match(pattern)),
    ),
  ];
}
