import type { JsonObject } from '../../core/json.js';
import type { StepTemplate } from '../../core/template.js';
import type { TestScenario } from '../../core/template-policies.js';
import type { RegisteredStepHandler } from '../../registry/registered-step-handler.js';
import type { StepContext, StepHandlerContract } from '../../registry/step-handler.js';
import type { Strings } from '../factories/puppets.js';
import type { MockTable } from '../mocks/mock-table.js';
import { isStandIn } from '../mocks/mocking-explorer.js';
import { timeoutTimes } from '../mocks/mocks.js';

/** How the steps of a scenario's task run: as ever, but for what the scenario wants. */
export class ScenarioTask implements Strings {
  readonly timeless = false;
  /** The step without a handler that fails. */
  private failing: string | null = null;

  /**
   * @param services - what stands for services, by the names of their keys in `handler_config` and of systems
   * @param mocks - of the application
   * @param own - of this scenario, which come first; also those that stand for systems, by the names in `services`
   */
  constructor(
    private readonly scenario: TestScenario,
    private readonly services: Readonly<JsonObject>,
    private readonly mocks: MockTable,
    private readonly own: MockTable,
  ) {}

  over(step: StepTemplate, registered: RegisteredStepHandler): RegisteredStepHandler {
    const mocked = this.mocked(step, registered);
    const served = withServices(mocked.handler, this.services);
    const handler = step.name === this.scenario.timeoutStep ? timeoutTimes(1).thenCallThrough().over(served) : served;
    return { ...mocked, handler, isolation: 'none' };
  }

  private mocked(step: StepTemplate, registered: RegisteredStepHandler): RegisteredStepHandler {
    const service = step.dependentSystem === null ? undefined : this.services[step.dependentSystem];
    if (typeof service === 'string' && this.own.names.includes(service)) return this.own.over(service, registered);
    const own = this.own.over(step.name, registered);
    const mocked = own === registered ? this.mocks.over(step.name, registered) : own;
    return isStandIn(mocked) ? { ...mocked, handler: this.inItsPlace(step) } : mocked;
  }

  /** What runs a step without a handler: the first one fails as the scenario wants it, all others succeed. */
  private inItsPlace(step: StepTemplate): StepHandlerContract<never, unknown> {
    const { expectedError } = this.scenario;
    if (expectedError !== null) this.failing ??= step.name;
    if (expectedError === null || this.failing !== step.name) return { process: () => ({}) };
    return {
      process: () => {
        throw errorCalled(expectedError);
      },
    };
  }
}

/** An error of that class and that code. */
function errorCalled(name: string): Error {
  const error = Object.assign(new Error(`The scenario expects ${name}.`), { name, errorCode: name });
  return Object.defineProperty(error, 'constructor', { value: { name } });
}

/** The handler, which finds the stand-ins in its config where services are named. */
function withServices(
  handler: StepHandlerContract<never, unknown>,
  services: Readonly<JsonObject>,
): StepHandlerContract<never, unknown> {
  return {
    process: (context) => handler.process(servedContext(context, services)),
    ...(handler.processResults && {
      processResults: (...results: Parameters<NonNullable<typeof handler.processResults>>) =>
        handler.processResults!(...results),
    }),
  };
}

function servedContext(context: StepContext<never>, services: Readonly<JsonObject>): StepContext<never> {
  const named = Object.entries(services).filter(([service]) => Object.hasOwn(context.config, service));
  if (named.length === 0) return context;
  const config = Object.freeze({ ...context.config, ...Object.fromEntries(named) });
  // all else is asked of the attempt's own context when it is looked at
  return Object.create(context, { config: { value: config, enumerable: true } }) as StepContext<never>;
}
