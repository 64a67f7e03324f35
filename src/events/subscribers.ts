import { Injectable, Logger } from '@nestjs/common';
import type { Finding } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import type { TaskTemplate } from '../core/template.js';
import { EventBus } from './event-bus.js';
import type { SubscriberDescription } from './subscriber-description.js';
import type { AnyEvent } from './tasker-events.js';

/** Who subscribes to events in this application, from its start to its end, however events come to them. */
@Injectable()
export class Subscribers {
  private readonly logger = new Logger('tasker.events');
  private descriptions: readonly SubscriberDescription[] = [];
  private notifiedNames: ReadonlySet<string> = new Set();
  private readonly subscribed = new Map<string, (() => void)[]>();

  constructor(private readonly bus: EventBus) {}

  list(): readonly SubscriberDescription[] {
    return this.descriptions;
  }

  /** Subscribes to this process's events those that want no others; those of all processes are delivered elsewhere. */
  begin(descriptions: readonly SubscriberDescription[]): void {
    for (const description of descriptions) this.add(description);
  }

  /** One more. */
  add(description: SubscriberDescription): void {
    this.descriptions = [...this.descriptions, description];
    const { name, events, delivery, scope } = description;
    const handle = (payload: AnyEvent): unknown => description.handle(payload);
    if (delivery !== 'in_process' || scope !== 'process') return;
    const ends = events.map((event) => this.bus.on(event, handle));
    this.subscribed.set(name, [this.bus.addSink(name, events, handle), ...ends]);
  }

  /** One less. */
  remove(name: string): void {
    this.descriptions = this.descriptions.filter((description) => description.name !== name);
    for (const end of this.subscribed.get(name) ?? []) end();
    this.subscribed.delete(name);
  }

  end(): void {
    for (const { name } of this.descriptions) this.remove(name);
  }

  /** Names of subscribers that alerts of this process are sent to, whatever they subscribe to. */
  get notified(): ReadonlySet<string> {
    return this.notifiedNames;
  }

  /** Has alerts sent to these, besides those that subscribe to them. @returns names that no subscriber of this process has */
  notify(names: readonly string[]): string[] {
    this.notifiedNames = new Set(names);
    const byName = new Map(this.descriptions.map((description) => [description.name, description]));
    return [...this.notifiedNames].filter((name) => !byName.get(name)?.receives('alert.fired'));
  }

  /** Tells of routes of templates that lead nowhere here: a process need not have every subscriber. */
  checkRoutes(templates: readonly TaskTemplate[]): void {
    const byName = new Map(this.descriptions.map((description) => [description.name, description]));
    const told = new Set<string>();
    for (const { events } of templates) {
      for (const { event, publishTo } of events.routes) {
        for (const name of publishTo) {
          const problem = routeProblem(byName, name, event);
          if (problem === null || told.has(problem)) continue;
          told.add(problem);
          this.logger.warn(problem);
        }
      }
    }
  }
}

function routeProblem(byName: Map<string, SubscriberDescription>, name: string, event: string): string | null {
  const sink = byName.get(name);
  if (sink?.receives(event)) return null;
  const what = sink
    ? `has no method for it: add one, or handle`
    : `is no subscriber of this process.${didYouMean(name, byName.keys())}`;
  return `A template publishes "${event}" to "${name}", which ${what}`;
}

/** Gives subscribers that nobody has named, and that are alone in their process, names of their own; others must differ. */
export function withUniqueNames(
  descriptions: readonly SubscriberDescription[],
  findings: Finding[],
): SubscriberDescription[] {
  const byName = new Map<string, SubscriberDescription>();
  for (const description of descriptions) {
    const { name, className, delivery } = description;
    const first = byName.get(name);
    if (!first) byName.set(name, description);
    else if (name.startsWith(className) && delivery === 'in_process' && first.delivery === 'in_process') {
      let n = 2;
      while (byName.has(`${name}#${n}`)) n++;
      byName.set(`${name}#${n}`, { ...description, name: `${name}#${n}` });
    } else {
      const message = `has the name "${name}", as ${first.className} does: give one of them another name.`;
      findings.push({ path: className, message });
    }
  }
  return [...byName.values()];
}
