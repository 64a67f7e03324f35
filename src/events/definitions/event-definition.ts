import type { JsonSchema } from '../event-facts.js';
import type { TaskerEventName, TaskerEvents } from '../tasker-events.js';

type OptionalKeys<T> = { [Key in keyof T]-?: object extends Pick<T, Key> ? Key : never }[keyof T];

export interface EventDefinition<E extends TaskerEventName> {
  description: string;
  facts: { readonly [Fact in Exclude<keyof TaskerEvents[E], 'event'>]: JsonSchema };
  /** Facts that not every such payload has. */
  optional?: readonly OptionalKeys<TaskerEvents[E]>[];
  example: Omit<TaskerEvents[E], 'event'>;
  /** The classes that publish it. */
  firedBy: readonly string[];
}

/** Definitions of all events of some categories. */
export type Definitions<Category extends string> = {
  [E in Extract<TaskerEventName, `${Category}.${string}`>]: EventDefinition<E>;
};
