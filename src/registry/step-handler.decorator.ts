import { Injectable, SetMetadata, applyDecorators } from '@nestjs/common';
import type { StepHandlerContract } from './step-handler.js';

export const STEP_HANDLER = 'tasker:step_handler';

export interface StepHandlerOptions {
  /** What templates name in `handler_class`. */
  name: string;
  /** Further names that mean the same handler. */
  aliases?: string[];
}

/** Marks a provider as the handler that templates name in `handler_class`, by this name or by its class name. */
export const StepHandler = (nameOrOptions: string | StepHandlerOptions) =>
  applyDecorators(
    Injectable(),
    SetMetadata(STEP_HANDLER, typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions),
  ) as <T extends new (...args: never[]) => StepHandlerContract<never, unknown>>(target: T) => void;
