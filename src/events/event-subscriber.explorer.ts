import { Injectable } from '@nestjs/common';
import { TaskerError, type Finding } from '../core/errors.js';
import { SubscriberFinder } from './found-subscriber.js';
import { Subscribers, withUniqueNames } from './subscribers.js';
import { SubscriptionReader, type DeclaredSubscription } from './subscription-reader.js';

/** What files say of subscribers. */
export interface DeclaredSubscriptions {
  subscriptions: readonly DeclaredSubscription[];
  /** Objects that files speak of, switched on or off, and not their classes' decorators; those of methods stand. */
  spokenFor: ReadonlySet<object>;
  findings: readonly Finding[];
}

const NOTHING: DeclaredSubscriptions = { subscriptions: [], spokenFor: new Set(), findings: [] };

/** Finds who subscribes to events, by decorators or by files, and subscribes them until the application stops. */
@Injectable()
export class EventSubscriberExplorer {
  constructor(
    private readonly finder: SubscriberFinder,
    private readonly reader: SubscriptionReader,
    private readonly subscribers: Subscribers,
  ) {}

  /** @throws TaskerError `configuration_invalid`, naming everything that is wrong with any subscriber */
  subscribe(declared: DeclaredSubscriptions = NOTHING): void {
    const findings: Finding[] = [...declared.findings];
    const decorated = this.finder
      .all()
      .filter(({ options, listeners }) => options !== undefined || listeners.length > 0);
    const descriptions = [
      ...decorated.flatMap((found) => this.reader.read(found, findings, declared.spokenFor.has(found.instance))),
      ...declared.subscriptions.flatMap((each) => this.reader.readDeclared(each, findings)),
    ];
    const named = withUniqueNames(descriptions, findings);
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
      throw new TaskerError('configuration_invalid', `Event subscribers are not valid:\n${list}`, findings);
    }
    this.subscribers.begin(named);
  }

  end(): void {
    this.subscribers.end();
  }
}
