import { parseDocument } from 'yaml';
import type { TemplateDefinition } from '../../core/template-definition.js';
import { loadTemplates } from '../../templates/load-templates.js';
import type { ElementOptions } from '../element.js';
import { GenerationError } from '../generation-error.js';
import type { Generator } from '../generation.js';
import { PlannedTask } from './planned-task.js';
import { contextType, moduleClass, stepHandlerClass, taskHandlerClass } from './task-classes.js';
import { taskSpec } from './task-spec.js';
import { templateYaml } from './template-yaml.js';

export interface TaskOptions extends ElementOptions {
  /** `a b c`, one after the other, or `a b(a) c(a) d(b,c)`. @default fetch_data process_data complete_task */
  steps?: string | readonly string[];
  /** Of the template. @default 'default' */
  namespace?: string;
  /** With a class for its hooks. @default false */
  taskHandler?: boolean;
}

const USUAL_STEPS = 'fetch_data process_data complete_task';

/** A template, its context's type, a handler for each step, and a module, which goes into the imports of the nearest. */
export const task: Generator<TaskOptions> = {
  blueprint(element, { namespace, steps = USUAL_STEPS, taskHandler: hasHandler, spec = true }) {
    const planned = new PlannedTask(element, { namespace, steps: [steps].flat().join(' '), hasHandler });
    const template = templateYaml(planned);
    refuseUnloadable(template);
    const files = [
      { path: planned.templateFile, text: template },
      { path: planned.contextFile, text: contextType(planned) },
      ...planned.steps.map((step) => ({ path: planned.stepFile(step.name), text: stepHandlerClass(planned, step) })),
      { path: planned.moduleFile, text: moduleClass(planned) },
    ];
    if (hasHandler) files.push({ path: planned.handlerFile, text: taskHandlerClass(planned) });
    if (spec) files.push({ path: planned.specFile, text: taskSpec(planned) });
    const className = `${planned.fullName.pascal}Module`;
    return { files, declared: { className, list: 'imports', file: planned.moduleFile } };
  },
};

/** By the same rules as when the application starts: steps that wait for each other are found so. */
function refuseUnloadable(template: string): void {
  const definition = parseDocument(template).toJS() as TemplateDefinition;
  const { findings } = loadTemplates([definition], { environment: 'development', env: {} });
  if (findings.length === 0) return;
  throw new GenerationError(`The task cannot be: ${findings.map(({ message }) => message).join('; ')}`);
}
