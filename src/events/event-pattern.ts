import type { AnyEvent, CustomEventPayload, TaskerEvent, TaskerEventName } from './tasker-events.js';

type FirstSegment<Name extends string> = Name extends `${infer First}.${string}` ? First : never;
type Underscored<Name extends string> = Name extends `${infer First}.${infer Rest}`
  ? `${First}_${Underscored<Rest>}`
  : Name;

/** The first word of a system event's name. */
export type EventCategory = FirstSegment<TaskerEventName>;

/** An event's name with an underscore for each dot: `task_completed`. */
export type EventAlias = Underscored<TaskerEventName>;

/** The ways to name system events: an event, its alias, all of a category (`step.*`), or all events (`*`). */
export type EventPattern = TaskerEventName | EventAlias | `${EventCategory}.*` | '*';

/** A custom event's name, or all that begin alike (`order.*`): dotted, and its first word is no system event's. */
export type CustomPattern<Name extends string> = Name extends `${EventCategory}.${string}`
  ? never
  : Name extends `${string}.${string}`
    ? Name
    : never;

/** What a subscriber may name, among the patterns given; of texts that are not known when it is compiled, any. */
export type Named<Pattern extends string> = string extends Pattern
  ? Pattern
  : Pattern extends EventPattern
    ? Pattern
    : CustomPattern<Pattern>;

type NameOf<Alias extends string> = {
  [E in TaskerEventName]: Underscored<E> extends Alias ? E : never;
}[TaskerEventName];

type NamesOf<Pattern extends string> = Pattern extends TaskerEventName
  ? Pattern
  : Pattern extends EventAlias
    ? NameOf<Pattern>
    : Pattern extends `${infer Category}.*`
      ? Extract<TaskerEventName, `${Category}.${string}`>
      : Pattern extends '*'
        ? TaskerEventName
        : never;

/** The payloads of the events that a pattern means. Of all events (`*`): the system's; what handlers publish comes, too. */
export type EventOf<Pattern extends string> = string extends Pattern
  ? AnyEvent
  : Pattern extends EventPattern
    ? TaskerEvent<NamesOf<Pattern>>
    : CustomEventPayload;
