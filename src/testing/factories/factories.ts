import type { StepView } from '../../client/views.js';
import { asMock } from '../mocks/mock-table.js';
import { succeedWith } from '../mocks/mocks.js';
import type { TaskRun } from '../task-run.js';
import type { TemplateInstaller } from '../template-installer.js';
import { foundationOf, type Foundation, type FoundationOptions } from './foundation.js';
import { StepFactory, type CreateWorkflowStepOptions } from './step-factory.js';
import { TaskFactory, type CreateTaskOptions } from './task-factory.js';
import type { Workbench } from './workbench.js';

/** Makes what tests look at: templates, tasks and steps in whatever state. */
export class Factories {
  private readonly tasks: TaskFactory;
  private readonly steps: StepFactory;

  constructor(
    bench: Workbench,
    private readonly installer: TemplateInstaller,
  ) {
    this.tasks = new TaskFactory(bench, (options) => this.createFoundation(options));
    this.steps = new StepFactory(bench, this.tasks);
  }

  async createFoundation(options: FoundationOptions = {}): Promise<Foundation> {
    const foundation = foundationOf(options, asMock(options.handler ?? succeedWith({})));
    const { template, stepName, handler } = foundation;
    for (const { name, handler_class: handlerClass } of template.step_templates) {
      if (name === stepName && !options.step?.handler_class) {
        this.installer.register(handlerClass, (context) => handler.process(context));
      } else if (!this.installer.knows(handlerClass)) {
        this.installer.register(handlerClass, () => ({}));
      }
    }
    await this.installer.install([template]);
    return foundation;
  }

  createTask(options: CreateTaskOptions = {}, foundation?: FoundationOptions): Promise<TaskRun> {
    return this.tasks.create(options, foundation);
  }

  createWorkflowStep(options: CreateWorkflowStepOptions = {}): Promise<StepView> {
    return this.steps.create(options);
  }
}
