import { ALERT_EVENTS } from './definitions/alert-events.js';
import type { EventDefinition } from './definitions/event-definition.js';
import { OBSERVABILITY_EVENTS } from './definitions/observability-events.js';
import { REGISTRY_EVENTS } from './definitions/registry-events.js';
import { STEP_EVENTS } from './definitions/step-events.js';
import { TASK_EVENTS } from './definitions/task-events.js';
import { WORKFLOW_EVENTS } from './definitions/workflow-events.js';
import type { TaskerEventName } from './tasker-events.js';

/** The one list of the events: an event that the engine's types name and this list does not, or the reverse, does not compile. */
export const EVENT_DEFINITIONS: { [E in TaskerEventName]: EventDefinition<E> } = {
  ...TASK_EVENTS,
  ...STEP_EVENTS,
  ...WORKFLOW_EVENTS,
  ...OBSERVABILITY_EVENTS,
  ...REGISTRY_EVENTS,
  ...ALERT_EVENTS,
};
