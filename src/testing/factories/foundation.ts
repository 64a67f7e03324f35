import { randomBytes } from 'node:crypto';
import type { StepDefinition, TemplateDefinition } from '../../core/template-definition.js';
import type { MockHandler } from '../mocks/mock-handler.js';
import type { Mock } from '../mocks/mock-table.js';

export interface FoundationOptions {
  /** @default 'test' */
  namespace?: string;
  /** Name of the template. @default a new one */
  taskName?: string;
  /** Name of its step. @default 'test_step' */
  stepName?: string;
  /** @default '0.1.0' */
  version?: string;
  /** Runs the step. @default a mock that succeeds */
  handler?: Mock;
  /** Further keys of the step, as templates have them. */
  step?: Partial<StepDefinition>;
  /** Further keys of the template; further steps come before the step. */
  template?: Partial<TemplateDefinition>;
}

/** A template of one step in a namespace, and the handler of the step. */
export interface Foundation {
  namespace: string;
  taskName: string;
  stepName: string;
  version: string;
  template: TemplateDefinition;
  /** Has the log of its calls. */
  handler: MockHandler;
}

/** What is asked for, in full. */
export function foundationOf(options: FoundationOptions, handler: MockHandler): Foundation {
  const {
    namespace = 'test',
    taskName = `test_task_${randomBytes(4).toString('hex')}`,
    stepName = 'test_step',
    version = '0.1.0',
    step,
    template = {},
  } = options;
  const { step_templates: before = [], ...keys } = template;
  const definition: TemplateDefinition = {
    name: taskName,
    namespace_name: namespace,
    version,
    ...keys,
    step_templates: [...before, { name: stepName, handler_class: handlerName(namespace, taskName, stepName), ...step }],
  };
  return { namespace, taskName, stepName, version, template: definition, handler };
}

/** A handler of nobody else's: other steps of the same name are not mocked. */
const handlerName = (...parts: string[]): string => ['foundation', ...parts].join('.').replaceAll('::', '.');
