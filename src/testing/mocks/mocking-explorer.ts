import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { TASKER_CONFIG, type TaskerConfig } from '../../config/tasker-config.js';
import { PermanentError } from '../../core/errors.js';
import type { StepTemplate, TaskTemplate } from '../../core/template.js';
import { HandlerExplorer } from '../../registry/handler.explorer.js';
import type { RegisteredStepHandler } from '../../registry/registered-step-handler.js';
import type { StepHandlerRegistry } from '../../registry/step-handler.registry.js';
import { loadTemplates } from '../../templates/load-templates.js';
import { TaskerFeature } from '../../templates/tasker-feature.js';
import { MockTable } from './mock-table.js';

/** Finds the application's handlers, and registers something for those that only a mock will run. */
@Injectable()
export class MockingExplorer extends HandlerExplorer {
  // by properties: the constructor is the explorer's own
  @Inject(MockTable) private readonly mocks!: MockTable;
  @Inject(DiscoveryService) private readonly providers!: DiscoveryService;
  @Inject(TASKER_CONFIG) private readonly config!: TaskerConfig;

  /** @throws TypeError naming every mock that nothing could ever call */
  override explore(): void {
    super.explore();
    const templates = this.templates();
    standIn(templates, this.stepHandlers, (step) => this.mocks.covers(step));
    // a test may bring templates later
    if (templates.length === 0) return;
    const strangers = this.mocks.strangers(templates, this.stepHandlers.names());
    if (strangers.length > 0) throw new TypeError(`Mocks are not valid:\n${strangers.join('\n')}`);
  }

  /** Those that are sound; the others stop the start a little later, with all that is wrong in them. */
  private templates(): TaskTemplate[] {
    const features = this.providers.getProviders().map(({ instance }) => instance as unknown);
    const theirs = features.filter((one) => one instanceof TaskerFeature).flatMap(({ templates }) => templates);
    const { environment, templates } = this.config;
    const sources = [...templates, ...theirs, ...this.definedTemplates([])];
    return loadTemplates(sources, { environment, env: process.env }).templates.map(({ template }) => template);
  }
}

/** Registers a handler for steps that have none but will never need one, so that their templates are accepted. */
export function standIn(
  templates: readonly TaskTemplate[],
  handlers: StepHandlerRegistry,
  isCovered: (step: StepTemplate) => boolean,
): void {
  for (const step of templates.flatMap(({ steps }) => steps)) {
    if (!handlers.has(step.handler) && isCovered(step)) handlers.register({ process: nobody }, step.handler);
  }
}

/** Whether a handler only stands where there is none. */
export const isStandIn = ({ handler }: RegisteredStepHandler): boolean => handler.process === nobody;

const nobody = (): never => {
  throw new PermanentError('This step has no handler: nothing but a mock or a scenario could run it.', {
    errorCode: 'NO_HANDLER',
  });
};
