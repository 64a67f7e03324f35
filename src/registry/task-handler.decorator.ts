import { Injectable, SetMetadata, applyDecorators } from '@nestjs/common';
import type { StepDefinition, TemplateDefinition } from '../core/template-definition.js';

export const TASK_HANDLER = 'tasker:task_handler';

export interface TaskHandlerOptions {
  /** The template that it belongs to. */
  name: string;
  /** @default 'default' */
  namespace?: string;
  /** @default with `defineSteps`, '0.1.0'; without, every version */
  version?: string;
}

/** What `defineSteps` answers: the steps, or a template without what the decorator says. */
export type TaskDefinition =
  StepDefinition[] | Omit<TemplateDefinition, 'name' | 'namespace' | 'namespace_name' | 'version'>;

/** The methods of a task handler, whatever its tasks are. */
export interface AnyTaskHandler {
  defineSteps?(): TaskDefinition;
  beforeInitialize?(request: never, template: never): unknown;
  onComplete?(task: never): unknown;
  onError?(task: never): unknown;
  annotate?(task: never, steps: never): unknown;
}

export const TASK_HANDLER_METHODS = [
  'defineSteps',
  'beforeInitialize',
  'onComplete',
  'onError',
  'annotate',
] as const satisfies (keyof AnyTaskHandler)[];

/** Marks a provider as the task handler of a template: of the one that it defines in code, or of one in YAML. */
export const TaskHandler = (options: TaskHandlerOptions) =>
  applyDecorators(Injectable(), SetMetadata(TASK_HANDLER, options)) as <
    T extends new (...args: never[]) => AnyTaskHandler,
  >(
    target: T,
  ) => void;
