import { serializeResult } from '../orchestration/step-result.js';
import type { TaskContext } from '../core/template.js';
import { registeredAll } from '../registry/registered-step-handler.js';
import type { StepInfo } from '../registry/step-handler.js';
import { LoneAttempt } from './lone-attempt.js';
import type { RunStepOptions } from './run-step-options.js';

/** Anything with a `process` of whatever types. */
export interface LoneHandler {
  process(context: never): unknown;
  processResults?(step: StepInfo, output: never, initialResults: null): unknown;
}

type SeenBy<H extends LoneHandler> = Parameters<H['process']>[0];
/** The task's context as a handler has it. */
export type ContextOf<H extends LoneHandler> = SeenBy<H> extends { task: { context: infer C } } ? C : TaskContext;
/** The steps whose results a handler may ask for, where its context is typed by the templates. */
export type AncestorsOf<H extends LoneHandler> =
  SeenBy<H> extends {
    sequence: { results(stepName: infer Name extends string): unknown };
  }
    ? Name
    : string;
/** What is stored of a handler's output. */
export type ResultOf<H extends LoneHandler> = H extends { processResults: (...of: never[]) => infer R }
  ? Awaited<R>
  : Awaited<ReturnType<H['process']>>;

const MAX_RESULT_BYTES = 1_048_576;

/**
 * Runs one attempt of a handler alone, as a worker would, but without a database: its config is completed by its
 * `configSchema`, `processResults` is asked, and what comes of it must be storable.
 *
 * @returns the result as it is stored, after a turn through JSON
 * @throws what the handler throws; StepTimeoutError after `timeoutSeconds`; PermanentError where the config or the result
 *   is not in order
 */
export async function runStep<H extends LoneHandler>(
  handler: H,
  options: RunStepOptions<ContextOf<H>, AncestorsOf<H>> = {},
): Promise<ResultOf<H>> {
  const attempt = new LoneAttempt(options as RunStepOptions, registeredAll([{ handler }])[0]!);
  const output = await attempt.withinTimeout(async () => {
    const context = attempt.context();
    const processed = (await handler.process(context as never)) as never;
    if (attempt.committed) return attempt.committed.result;
    return handler.processResults ? await handler.processResults(context.step, processed, null) : processed;
  });
  return JSON.parse(serializeResult(output, MAX_RESULT_BYTES)) as ResultOf<H>;
}
