import type { JsonObject } from '../../core/json.js';
import { didYouMean } from '../../core/suggest.js';
import type { TaskTemplate } from '../../core/template.js';
import type { RegisteredStepHandler } from '../../registry/registered-step-handler.js';
import type { StepContext, StepHandlerContract } from '../../registry/step-handler.js';
import { MockHandler } from './mock-handler.js';

/** A mock; or a function or a handler of the test's own, of which a mock is made. */
export type Mock =
  MockHandler | ((context: StepContext<JsonObject>) => unknown) | Pick<StepHandlerContract<JsonObject>, 'process'>;

/** Mocks by the names of steps and of handlers. */
export type MockHandlers = Record<string, Mock>;

/** Which handlers of an application are replaced, and by what. */
export class MockTable {
  private readonly mocks = new Map<string, MockHandler>();
  private readonly substitutes = new WeakMap<MockHandler, WeakMap<RegisteredStepHandler, RegisteredStepHandler>>();

  constructor(mocks: MockHandlers = {}) {
    this.set(mocks);
  }

  /** From now on these run in the place of the steps or handlers of their names. @returns them */
  set<M extends MockHandlers>(mocks: M): { [Name in keyof M]: MockHandler } {
    const made = Object.entries(mocks).map(([name, mock]) => [name, asMock(mock)] as const);
    for (const [name, mock] of made) this.mocks.set(name, mock);
    return Object.fromEntries(made) as { [Name in keyof M]: MockHandler };
  }

  /** Leaves a step or handler to the real one again. */
  remove(name: string): void {
    this.mocks.delete(name);
  }

  /** Leaves all steps to their real handlers again. */
  clear(): void {
    this.mocks.clear();
  }

  /** @throws TypeError if nothing of that name is mocked */
  get(name: string): MockHandler {
    const mock = this.mocks.get(name);
    if (mock) return mock;
    throw new TypeError(`Nothing named "${name}" is mocked.${didYouMean(name, this.names)}`);
  }

  get names(): string[] {
    return [...this.mocks.keys()];
  }

  /** Has all mocks forget their calls. */
  reset(): void {
    for (const mock of this.mocks.values()) mock.reset();
  }

  /** Whether a step has a mock, by its own name or its handler's. */
  covers(step: { name: string; handler: string }): boolean {
    return this.mocks.has(step.name) || this.mocks.has(step.handler);
  }

  /** What runs a step: its own mock, else that of its handler, else the handler. */
  over(step: string, registered: RegisteredStepHandler): RegisteredStepHandler {
    const name = [step, ...registered.keys].find((key) => this.mocks.has(key));
    return name === undefined ? registered : this.substitute(this.mocks.get(name)!, registered);
  }

  /**
   * Mocks that nothing could ever call, in words.
   *
   * @param templates - all that are loaded
   */
  strangers(templates: readonly TaskTemplate[], handlers: readonly string[]): string[] {
    const known = new Set([...templates.flatMap(({ steps }) => steps.map(({ name }) => name)), ...handlers]);
    return this.names
      .filter((name) => !known.has(name))
      .map((name) => `mockHandlers.${name}: no step and no handler has that name.${didYouMean(name, [...known])}`);
  }

  /** One for each pair, so that what is made for a handler once is found again. */
  private substitute(mock: MockHandler, registered: RegisteredStepHandler): RegisteredStepHandler {
    const made = this.substitutes.get(mock) ?? new WeakMap<RegisteredStepHandler, RegisteredStepHandler>();
    this.substitutes.set(mock, made);
    const known = made.get(registered);
    if (known) return known;
    const substitute = { ...registered, handler: mock.over(registered.handler), isolation: 'none' as const };
    made.set(registered, substitute);
    return substitute;
  }
}

/** @returns the mock itself, or one that answers as the function or handler given */
export function asMock(mock: Mock): MockHandler {
  if (mock instanceof MockHandler) return mock;
  const process = typeof mock === 'function' ? mock : (context: StepContext<JsonObject>) => mock.process(context);
  return new MockHandler().thenSucceedWith(async (context) => (await process(context)) ?? null);
}
