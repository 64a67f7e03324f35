import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { TaskerError, type Finding } from '../core/errors.js';
import { didYouMean } from '../core/suggest.js';
import type { TaskTemplate } from '../core/template.js';
import type { CodeTemplate } from '../templates/code-source.js';
import { decoratedProviders } from './decorated-providers.js';
import { definedTemplates } from './defined-templates.js';
import { HandlerBindings } from './handler-bindings.js';
import type { AnyStepHandler } from './registered-step-handler.js';
import { STEP_HANDLER } from './step-handler.decorator.js';
import { StepHandlerRegistry } from './step-handler.registry.js';
import { TASK_HANDLER, type AnyTaskHandler } from './task-handler.decorator.js';
import { TaskHandlerRegistry } from './task-handler.registry.js';

/** Finds the handlers of the application, decorated or named in files, and registers them. */
@Injectable()
export class HandlerExplorer {
  private readonly logger = new Logger('tasker.handlers');

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly bindings: HandlerBindings,
    readonly stepHandlers: StepHandlerRegistry,
    readonly taskHandlers: TaskHandlerRegistry,
  ) {}

  /** @throws TaskerError `handler_invalid` or `handler_conflict`, naming everything that is wrong */
  explore(): void {
    const findings: Finding[] = [];
    const steps = decoratedProviders<AnyStepHandler>(this.discovery, STEP_HANDLER, 'A step handler');
    const tasks = decoratedProviders<AnyTaskHandler>(this.discovery, TASK_HANDLER, 'A task handler');
    const registrations = this.bindings.bind(steps, findings);
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
      throw new TaskerError('handler_invalid', `Handlers are not valid:\n${list}`, findings);
    }
    this.stepHandlers.registerAll(registrations);
    this.taskHandlers.registerAll(tasks.map((handler) => ({ handler })));
  }

  /** Tells of task handlers that no template has: the process that creates or runs their tasks need not be this one. */
  warnOfIdle(templates: readonly TaskTemplate[]): void {
    const used = new Set(templates.map((template) => this.taskHandlers.find(template)));
    const names = templates.map(({ namespace, name }) => `${namespace}.${name}`);
    for (const { handler, className, namespace, name, version } of this.taskHandlers.list()) {
      if (used.has(handler)) continue;
      const wanted = `${namespace}.${name}`;
      this.logger.warn(
        `The task handler ${className} has no template here: none is ${wanted}@${version ?? '*'}, nor names it in ` +
          `task_handler_class.${names.includes(wanted) ? '' : didYouMean(wanted, names)}`,
      );
    }
  }

  /** The templates that task handlers define in code. @param findings - takes what is wrong with a `defineSteps()` */
  definedTemplates(findings: Finding[]): CodeTemplate[] {
    return definedTemplates(this.taskHandlers.list(), findings);
  }
}
