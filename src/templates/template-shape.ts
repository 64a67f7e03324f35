import type { JsonObject } from '../core/json.js';
import { DEFAULT_NAMESPACE, DEFAULT_VERSION } from '../core/template.js';
import { spanOfSeconds } from './quantities.js';
import { key, located, reader } from './reader.js';
import type { ReadBy, Reader } from './reader.js';
import { record } from './record.js';
import { constraints } from './shape/constraints-shape.js';
import { errorHandling } from './shape/errors-shape.js';
import { customEvents, events } from './shape/events-shape.js';
import { alerts, monitoring } from './shape/monitoring-shape.js';
import { handlerPath, name, shortText, version } from './shape/names.js';
import { performance } from './shape/performance-shape.js';
import { security } from './shape/security-shape.js';
import { steps } from './shape/step-shape.js';
import { settings, taskConfig, workflowConfig } from './shape/task-shape.js';
import { testing } from './shape/testing-shape.js';
import { freeMap, listOf, text } from './values.js';
import type { Written } from './written.js';

const filled = freeMap('filled');
const schema: Reader<{ json: JsonObject; written: Written }> = reader(filled.jsonSchema, (written, label, reading) => {
  const json = filled(written, label, reading);
  return json && { json, written };
});

/** The dialect: every key that a template may hold. */
export const templateShape = record(
  {
    name: key('Letters, digits and _ - . / :, at most 255', located(name)),
    namespace_name: key('The namespace that the name is unique in', located(name), DEFAULT_NAMESPACE),
    namespace: key('Another name for namespace_name', located(name), DEFAULT_NAMESPACE),
    version: key('Full semantic version; content that differs needs another', version, DEFAULT_VERSION),
    description: key('What tasks of the template do', text()),
    module_namespace: key('The :: path before the names of its classes', handlerPath),
    task_handler_class: key(
      'Class or name of a task handler, or a :: path that ends in either; a template needs none',
      located(handlerPath),
    ),
    default_dependent_system: key('The external system of every step that names none of its own', shortText),
    named_steps: key('If given: exactly the names of the steps', listOf(located(name), 'step names')),
    schema: key('JSON Schema of the context: draft 2020-12, 2019-09, or 4 to 7', schema),
    step_templates: key('The steps, at least one', steps),
    // Laid over the base before the shape is read.
    environments: key(
      'What differs in an environment, by its name',
      reader<never>({ type: 'object' }, () => undefined),
    ),
    max_duration_seconds: key('A task that runs longer is ended as an error, in seconds', located(spanOfSeconds)),
    task_config: key('What holds for the tasks of the template', taskConfig),
    settings: key('Another dialect for what holds for tasks and their steps', settings),
    workflow_config: key('How the steps of a task run', workflowConfig),
    constraints: key('What contexts and processes must satisfy, and what bounds tasks', constraints),
    events: key('Which events are published, and where they go', events),
    custom_events: key('Events that handlers may publish', customEvents),
    error_handling: key('Which errors are worth another attempt, and which are to be told of', errorHandling),
    monitoring: key('What to measure, and what to tell of', monitoring),
    alerts: key('What to tell of; joined to monitoring.alerts', alerts),
    security: key('Encryption, access, audit and masking', security),
    performance: key('Limits over all workers, and what the steps ask of a process', performance),
    testing: key('What the test kit needs to play the template', testing),
    handler_config: key('For the task handler, and laid under the handler_config of every step', freeMap('kept')),
    metadata: key('Whatever is to be kept with the template', freeMap('filled')),
  },
  { what: 'a task template', required: ['name', 'step_templates'] },
);

/** What a template says; where a value could not be read, nothing. */
export type TemplateFields = NonNullable<ReadBy<typeof templateShape>>;
