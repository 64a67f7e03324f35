import { Injectable, SetMetadata, applyDecorators } from '@nestjs/common';
import type { JsonObject } from '../core/json.js';
import type { StepHandlerContract } from './step-handler.js';

export const STEP_HANDLER = 'tasker:step_handler';

export const ISOLATIONS = ['none', 'thread'] as const;
/** Where the steps of a handler run: in the process's own thread, or in one of a pool of worker threads. */
export type Isolation = (typeof ISOLATIONS)[number];

export interface StepHandlerOptions {
  /** What templates name in `handler_class`. */
  name: string;
  /** Further names that mean the same handler. */
  aliases?: readonly string[];
  /**
   * JSON Schema of the `handler_config`. Every step that names the handler is checked against it at start, and its
   * defaults are filled in. @default any config
   */
  configSchema?: JsonObject;
  /** The external system of steps whose template names none. @default none */
  dependentSystem?: string;
  /**
   * `thread`: for handlers that compute. The class is loaded again in worker threads, without Nest: its constructor takes
   * no parameters, or it has a static `createInThread()`. @default 'none'
   */
  isolation?: Isolation;
  /** The compiled file that exports the class: `__filename`. For `isolation: 'thread'`. @default looked for among the loaded modules */
  module?: string;
}

/** Marks a provider as the handler that templates name in `handler_class`, by this name or by its class name. */
export const StepHandler = (nameOrOptions: string | StepHandlerOptions) =>
  applyDecorators(
    Injectable(),
    SetMetadata(STEP_HANDLER, typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions),
  ) as <T extends new (...args: never[]) => StepHandlerContract<never, unknown>>(target: T) => void;
