import { EventCatalog, type AnyEvent, type TaskerEvent, type TaskerEventName } from '../../src/index.js';

const { catalog } = new EventCatalog();

/** A payload as the catalog shows it, with some facts changed. */
export const eventOf = <E extends TaskerEventName>(event: E, changes: Partial<TaskerEvent<E>> = {}): AnyEvent => ({
  ...catalog[event].example_payload,
  ...changes,
});
