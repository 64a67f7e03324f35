import type { Json, JsonObject } from '../../core/json.js';
import type { StepContext, StepHandlerContract, StepInfo } from '../../registry/step-handler.js';

/** One attempt that a mock handler ran. */
export interface MockCall {
  taskId: string;
  /** The step's name. */
  step: string;
  attempt: number;
  idempotencyKey: string;
  context: JsonObject;
  config: Readonly<JsonObject>;
  /** What it returned; undefined while it runs, and where it threw. */
  result?: unknown;
  /** What it threw; undefined while it runs, and where it returned. */
  error?: unknown;
}

/** What a mock's answer may look at beside its context. */
export interface Asked {
  /** Which attempt of this very step it is, counting from 1. */
  time: number;
  /** Which attempt of a step of this name it is, whatever its task, counting from 1. */
  turn: number;
  /** Runs the handler that the mock stands for. */
  real: () => Promise<unknown>;
}

export type Answer = (context: StepContext<JsonObject>, asked: Asked) => unknown;

/** A result, or what makes it. */
export type MockResult = Json | ((context: StepContext<JsonObject>) => unknown);

/**
 * A step handler for tests, which keeps a log of its calls. Its results, its failures and its timeouts go through the engine
 * as those of any handler.
 */
export class MockHandler implements StepHandlerContract<JsonObject> {
  readonly calls: MockCall[] = [];
  private success: Answer;

  /** @param answer - null where it has nothing to say about a call, which then succeeds */
  constructor(private readonly answer: Answer | null = null) {
    this.success = ({ step }) => ({ step: step.name, attempt: step.attempt });
  }

  get callCount(): number {
    return this.calls.length;
  }

  get lastCall(): MockCall | undefined {
    return this.calls.at(-1);
  }

  /** Of a step, whatever its task. */
  callsOf(step: string): MockCall[] {
    return this.calls.filter((call) => call.step === step);
  }

  /** What its successes return. @default `{ step, attempt }` */
  thenSucceedWith(result: MockResult): this {
    this.success = typeof result === 'function' ? result : () => structuredClone(result);
    return this;
  }

  /** Its successes are left to the handler that it stands for. */
  thenCallThrough(): this {
    this.success = (_context, { real }) => real();
    return this;
  }

  /** Forgets its calls, and begins anew to count them. */
  reset(): void {
    this.calls.length = 0;
  }

  process(context: StepContext<JsonObject>): Promise<unknown> {
    return this.run(context, null);
  }

  /** The mock in the place of another handler. */
  over(real: StepHandlerContract<never, unknown>): StepHandlerContract<JsonObject> {
    return { process: (context) => this.run(context, real) };
  }

  private async run(
    context: StepContext<JsonObject>,
    real: StepHandlerContract<never, unknown> | null,
  ): Promise<unknown> {
    const call = this.record(context);
    const { step } = context;
    const asked: Asked = {
      // another worker may have run attempts of the step
      time: Math.max(step.attempt, this.calls.filter((one) => one.idempotencyKey === step.idempotencyKey).length),
      turn: this.callsOf(step.name).length,
      real: () => callThrough(real, context),
    };
    try {
      const answer = await this.answer?.(context, asked);
      const result = answer === undefined ? await this.success(context, asked) : answer;
      return (call.result = result);
    } catch (error) {
      call.error = error;
      throw error;
    }
  }

  private record({ task, step, config }: StepContext<JsonObject>): MockCall {
    const call: MockCall = {
      taskId: task.taskId,
      step: step.name,
      attempt: step.attempt,
      idempotencyKey: step.idempotencyKey,
      context: task.context,
      config,
    };
    this.calls.push(call);
    return call;
  }
}

async function callThrough(
  real: StepHandlerContract<never, unknown> | null,
  context: StepContext<JsonObject>,
): Promise<unknown> {
  const step: StepInfo = context.step;
  if (!real) throw new TypeError(`The mock of step "${step.name}" stands for no handler that it could call.`);
  const output = await real.process(context as StepContext<never>);
  return real.processResults ? await real.processResults(step, output, null) : output;
}
