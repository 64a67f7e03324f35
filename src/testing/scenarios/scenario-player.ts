import { TaskerError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import { didYouMean } from '../../core/suggest.js';
import { DEFAULT_NAMESPACE, fullName, type TaskTemplate } from '../../core/template.js';
import type { TemplateDefinition } from '../../core/template-definition.js';
import type { TestScenario } from '../../core/template-policies.js';
import type { TemplateCatalog } from '../../persistence/template-catalog.js';
import type { Workbench } from '../factories/workbench.js';
import { MockTable, type MockHandlers } from '../mocks/mock-table.js';
import { StandstillError } from '../task-run.js';
import type { TemplateInstaller } from '../template-installer.js';
import { contextOf } from './scenario-context.js';
import { reportOf, type ScenarioReport } from './scenario-report.js';
import { ScenarioTask } from './scenario-task.js';

/** A template that the application has loaded. */
export interface TemplateName {
  name: string;
  /** @default 'default' */
  namespace?: string;
  /** @default the highest */
  version?: string;
}

/** A loaded template; or a YAML file, or a template as an object, which is loaded for it. */
export type ScenarioTemplate = TemplateName | TemplateDefinition | string;

export interface ScenarioOptions {
  /** Laid over the scenario's context. */
  context?: JsonObject;
  /** Mocks of this run alone, by the names of steps, of handlers, or of what stands for a service in `mock_services`. */
  mockHandlers?: MockHandlers;
}

/** Plays the scenarios that templates have under `testing`. */
export class ScenarioPlayer {
  constructor(
    private readonly bench: Workbench,
    private readonly installer: TemplateInstaller,
    private readonly catalog: TemplateCatalog,
    private readonly mocks: MockTable,
  ) {}

  async play(
    of: ScenarioTemplate,
    which: string | TestScenario,
    options: ScenarioOptions = {},
  ): Promise<ScenarioReport> {
    const template = await this.template(of);
    const scenario = typeof which === 'string' ? scenarioNamed(which, template) : which;
    return this.run(template, scenario, options);
  }

  async playAll(of: ScenarioTemplate, options: ScenarioOptions = {}): Promise<ScenarioReport[]> {
    const template = await this.template(of);
    const reports: ScenarioReport[] = [];
    for (const scenario of scenariosIn(template)) reports.push(await this.run(template, scenario, options));
    return reports;
  }

  private async run(
    template: TaskTemplate,
    scenario: TestScenario,
    { context, mockHandlers }: ScenarioOptions,
  ): Promise<ScenarioReport> {
    const testing = template.testing ?? { scenarios: [], testData: {}, mockServices: {} };
    const strings = new ScenarioTask(scenario, testing.mockServices, this.mocks, new MockTable(mockHandlers));
    const { namespace, name, version } = template;
    const request = {
      ...{ namespace, name, version, initiator: 'test', sourceSystem: 'test' },
      reason: `scenario ${scenario.name}`,
      context: { ...contextOf(scenario, testing), ...context },
    };
    const { client, ground, tables } = this.bench;
    try {
      const taskId = await tables.dataSource.transaction(async (db) => {
        const task = await client.createTask(request, { manager: db });
        // before its steps can be claimed
        ground.puppets.add(task.taskId, strings);
        return task.taskId;
      });
      return reportOf(scenario, await this.bench.finished(taskId));
    } catch (error) {
      if (error instanceof TaskerError || error instanceof StandstillError) return reportOf(scenario, error);
      throw error;
    }
  }

  private async template(of: ScenarioTemplate): Promise<TaskTemplate> {
    if (typeof of === 'string' || 'step_templates' in of) {
      const [template, ...others] = await this.installer.install([of], () => true);
      if (template && others.length === 0) return template;
      const where = typeof of === 'string' ? of : of.name;
      throw new TypeError(`${where} holds ${others.length + (template ? 1 : 0)} templates: give one file.`);
    }
    const { name, namespace = DEFAULT_NAMESPACE, version } = of;
    const entry = await this.catalog.find(namespace, name, version);
    if (entry) return entry.template;
    const suggestion = this.catalog.suggest({ namespace, name, version });
    throw new TypeError(`No template ${namespace}.${name} is loaded.${suggestion}`);
  }
}

const scenariosIn = ({ testing }: TaskTemplate): TestScenario[] => testing?.scenarios ?? [];

/** @throws TypeError */
function scenarioNamed(name: string, template: TaskTemplate): TestScenario {
  const scenarios = scenariosIn(template);
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found) return found;
  const names = scenarios.map((scenario) => scenario.name);
  throw new TypeError(`${fullName(template)} has no scenario "${name}".${didYouMean(name, names)}`);
}
