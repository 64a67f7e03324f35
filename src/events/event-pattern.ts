import type { TaskerEvent, TaskerEventName } from './tasker-events.js';

type FirstSegment<Name extends string> = Name extends `${infer First}.${string}` ? First : never;
type Underscored<Name extends string> = Name extends `${infer First}.${infer Rest}`
  ? `${First}_${Underscored<Rest>}`
  : Name;

/** The first word of an event's name. */
export type EventCategory = FirstSegment<TaskerEventName>;

/** An event's name with an underscore for the dot: `task_completed`. */
export type EventAlias = Underscored<TaskerEventName>;

/** What a subscriber may name: an event, its alias, all of a category (`step.*`), or all (`*`). */
export type EventPattern = TaskerEventName | EventAlias | `${EventCategory}.*` | '*';

type NameOf<Alias extends string> = {
  [E in TaskerEventName]: Underscored<E> extends Alias ? E : never;
}[TaskerEventName];

type NamesOf<Pattern extends string> = Pattern extends TaskerEventName
  ? Pattern
  : Pattern extends EventAlias
    ? NameOf<Pattern>
    : Pattern extends `${infer Category}.*`
      ? Extract<TaskerEventName, `${Category}.${string}`>
      : TaskerEventName;

/** The payloads of the events that a pattern means. */
export type EventOf<Pattern extends string> = TaskerEvent<NamesOf<Pattern>>;
