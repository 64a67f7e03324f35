import type { TaskerConfig } from '../config/tasker-config.js';
import { TaskerError } from '../core/errors.js';
import type { StepTemplate, TaskTemplate } from '../core/template.js';
import type { TemplateDefinition } from '../core/template-definition.js';
import type { TemplateCatalog } from '../persistence/template-catalog.js';
import type { StepHandlerContract } from '../registry/step-handler.js';
import type { StepHandlerRegistry } from '../registry/step-handler.registry.js';
import { loadTemplates } from '../templates/load-templates.js';
import type { HandlerTable } from '../worker/handler-table.js';
import { standIn } from './mocks/mocking-explorer.js';

/** Makes templates known to an application that runs, under the same checks as at its start. */
export class TemplateInstaller {
  constructor(
    private readonly catalog: TemplateCatalog,
    private readonly handlers: StepHandlerRegistry,
    private readonly config: Pick<TaskerConfig, 'environment'>,
    /** Of the worker, where one runs. */
    private readonly table: HandlerTable | null,
  ) {}

  /** Registers a handler under a name; one that is there already is replaced. */
  register(name: string, process: StepHandlerContract['process']): void {
    this.handlers.register({ process }, name, { replace: true });
  }

  knows(handler: string): boolean {
    return this.handlers.has(handler);
  }

  /**
   * @param isCovered - whether a step that has no handler will never need one
   * @throws TaskerError `template_invalid`
   */
  async install(
    sources: readonly (string | TemplateDefinition)[],
    isCovered: (step: StepTemplate) => boolean = () => false,
  ): Promise<TaskTemplate[]> {
    const surroundings = { environment: this.config.environment, env: process.env };
    const sound = loadTemplates(sources, surroundings).templates.map(({ template }) => template);
    standIn(sound, this.handlers, isCovered);
    const { templates, findings } = loadTemplates(sources, { ...surroundings, handlers: this.handlers });
    if (findings.length > 0) {
      const list = findings.map(({ path, message }) => `${path}: ${message}`).join('\n');
      throw new TaskerError('template_invalid', `Templates are not valid:\n${list}`, findings);
    }
    await this.catalog.publish(templates, true);
    await this.table?.refresh();
    return templates.map(({ template }) => template);
  }
}
