import type { TaskTemplate } from '../core/template.js';
import { ALERT_EVENT_NAMES } from '../events/alert-events.js';
import { isSystemEvent } from '../events/event-name.js';
import type { SubscriberDescription } from '../events/subscriber-description.js';
import type { AuditSelection } from '../persistence/stores/audit.store.js';
import { AUDITED_EVENTS, causesOf } from './row-events.js';

/** Which rows of the audit somebody reads: others cost nothing but to be passed over. */
export interface Interest extends AuditSelection {
  /** Whether in what is told of alerts. */
  readonly alerts: boolean;
  /** The same for interests that are. */
  readonly key: string;
}

/** In rows that hold events of these names. */
export function interestIn(names: Iterable<string>): Interest {
  const wanted = new Set(names);
  const custom = [...wanted].some((name) => !isSystemEvent(name));
  const alerts = ALERT_EVENT_NAMES.some((name) => wanted.has(name));
  return interest({ ...causesOf(wanted), custom, alerts });
}

export const EVERYTHING: Interest = interest({ ...causesOf(AUDITED_EVENTS), custom: true, alerts: true });

/** In all that any of them is interested in. */
export const joined = (interests: readonly Interest[]): Interest =>
  interest({
    ofTasks: [...new Set(interests.flatMap(({ ofTasks }) => ofTasks))],
    ofSteps: [...new Set(interests.flatMap(({ ofSteps }) => ofSteps))],
    custom: interests.some(({ custom }) => custom),
    alerts: interests.some(({ alerts }) => alerts),
  });

/**
 * In what a subscriber subscribes to, and what templates of this process send to it by its name.
 *
 * @param notified - names of subscribers that alerts of this process are sent to
 */
export function interestOf(
  { name, events }: Pick<SubscriberDescription, 'name' | 'events'>,
  templates: readonly Pick<TaskTemplate, 'events'>[],
  notified: ReadonlySet<string>,
): Interest {
  const routed = templates
    .flatMap((template) => template.events.routes)
    .filter(({ publishTo }) => publishTo.includes(name))
    .map(({ event }) => event);
  return interestIn([...events, ...routed, ...(notified.has(name) ? ALERT_EVENT_NAMES : [])]);
}

function interest({ ofTasks, ofSteps, custom, alerts }: Omit<Interest, 'key'>): Interest {
  const key = `${[...ofTasks].sort().join()};${[...ofSteps].sort().join()};${custom};${alerts}`;
  return { ofTasks, ofSteps, custom, alerts, key };
}
