import { stringify } from 'yaml';
import type { PlannedTask } from './planned-task.js';
import type { PlannedStep } from './step-list.js';

export const templateYaml = (task: PlannedTask): string => `\
# yaml-language-server: $schema=${task.schemaPath}
name: ${scalar(task.name.snake)}
namespace_name: ${scalar(task.namespace)}
version: 0.1.0

# JSON Schema of the context: what a request to create the task must bring
schema:
  type: object
  required: [id]
  properties:
    id: { type: string, minLength: 1 }

step_templates:
${task.steps.map((step) => stepYaml(task, step)).join('\n')}`;

function stepYaml(task: PlannedTask, { name, parents }: PlannedStep): string {
  const lines = [`  - name: ${scalar(name.snake)}`, `    handler_class: ${scalar(task.handlerName(name))}`];
  const names = parents.map(({ snake }) => scalar(snake));
  if (names.length === 1) lines.push(`    depends_on_step: ${names[0]}`);
  if (names.length > 1) lines.push(`    depends_on_steps: [${names.join(', ')}]`);
  return `${lines.join('\n')}\n`;
}

/** A step may be called `null`. */
const scalar = (text: string): string => stringify(text, { singleQuote: true }).trim();
