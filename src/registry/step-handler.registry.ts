import { Injectable } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import type { StepHandlerContract } from './step-handler.js';

export type AnyStepHandler = StepHandlerContract<never, unknown>;

export interface RegisteredStepHandler {
  /** The registered name, the class name, and the aliases: all that a template may call it. */
  keys: readonly string[];
  handler: AnyStepHandler;
}

/** The step handlers of this process by every name that a template may use. */
@Injectable()
export class StepHandlerRegistry {
  private byKey: ReadonlyMap<string, RegisteredStepHandler> = new Map();

  /** @throws TaskerError `handler_conflict` where a name is taken by another handler; `handler_invalid` without `process` */
  register(handler: AnyStepHandler, names: readonly string[]): void {
    const className = handler.constructor.name;
    if (typeof handler.process !== 'function') {
      throw new TaskerError(
        'handler_invalid',
        `${className} is decorated with @StepHandler('${names[0]}') but does not implement the required method "process". ` +
          `Required methods: [process]. Extend StepHandlerBase, or add process(context).`,
      );
    }
    const entry = { keys: [...new Set([...names, className])], handler };
    const next = new Map(this.byKey);
    for (const key of entry.keys) {
      const taken = next.get(key);
      if (taken && taken.handler.constructor !== handler.constructor) {
        throw new TaskerError(
          'handler_conflict',
          `Two step handlers answer to "${key}": ${taken.handler.constructor.name} and ${className}. ` +
            `Give one of them another name in @StepHandler.`,
        );
      }
      next.set(key, entry);
    }
    this.byKey = next;
  }

  get(key: string): AnyStepHandler | undefined {
    return this.byKey.get(key)?.handler;
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  names(): string[] {
    return [...this.byKey.keys()];
  }

  list(): RegisteredStepHandler[] {
    return [...new Set(this.byKey.values())];
  }

  /** What to say where a template names a handler that is not here. */
  missing(key: string, neededBy: string): string {
    return `${neededBy} needs handler "${key}", but no provider is decorated with @StepHandler('${key}').${didYouMean(key, this.names())}`;
  }
}
