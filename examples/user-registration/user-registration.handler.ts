import { randomBytes } from 'node:crypto';
import {
  TaskHandler,
  type JsonObject,
  type RequestWith,
  type StepView,
  type TaskHandlerContract,
  type TaskView,
} from 'nest-tasker';
import type { RegistrationContext } from './registration-context.js';
import type { ServiceFacts } from './step-handlers/api-base.handler.js';

/** What concerns a registration as a whole: one id for all its calls, and what is to be told of it in the end. */
@TaskHandler({ name: 'user_registration', namespace: 'blog_examples' })
export class UserRegistrationHandler implements TaskHandlerContract<RegistrationContext> {
  /** The id that the context names, else the request's, else a new one: `reg_<seconds since 1970>_<8 hex digits>`. */
  beforeInitialize(request: RequestWith<RegistrationContext>): RequestWith<RegistrationContext> {
    const { context } = request;
    const correlationId = context.correlation_id ?? request.correlationId ?? newCorrelationId();
    return { ...request, correlationId, context: { ...context, correlation_id: correlationId } };
  }

  annotate(task: TaskView, steps: readonly StepView[]): JsonObject {
    const { user_info } = task.context as unknown as RegistrationContext;
    return {
      service_performance: performanceOf(steps),
      registration_outcome: outcomeOf(task, steps),
      plan_type: user_info.plan ?? 'free',
      correlation_id: task.correlationId,
      registration_source: user_info.source ?? 'web',
    };
  }
}

const newCorrelationId = (): string => `reg_${Math.floor(Date.now() / 1000)}_${randomBytes(4).toString('hex')}`;

/** Times in milliseconds, of what has run. */
function performanceOf(steps: readonly StepView[]): JsonObject {
  const timings = steps.map((step) => [
    step.name,
    (step.results as ServiceFacts | null)?.service_response_time ?? null,
  ]);
  const parallel = steps.filter(({ name }) => name === 'setup_billing_profile' || name === 'initialize_preferences');
  const saved = parallel.reduce((sum, step) => sum + wallTime([step]), 0) - wallTime(parallel);
  return {
    service_timings: Object.fromEntries(timings) as JsonObject,
    total_duration: wallTime(steps),
    parallel_execution_saved: Math.max(0, saved),
  };
}

/** From the first start to the last end. */
function wallTime(steps: readonly StepView[]): number {
  const ran = steps.filter(({ startedAt, completedAt }) => startedAt && completedAt);
  if (ran.length === 0) return 0;
  const starts = ran.map(({ startedAt }) => startedAt!.getTime());
  const ends = ran.map(({ completedAt }) => completedAt!.getTime());
  return Math.max(...ends) - Math.min(...starts);
}

function outcomeOf({ status }: TaskView, steps: readonly StepView[]): string {
  const failed = steps.filter((step) => step.status === 'error').map(({ name }) => name);
  if (failed.length > 0) return `failed_at_${failed.join('_and_')}`;
  if (status !== 'complete') return status;
  const degraded = steps.some(({ results }) => (results as { status?: string } | null)?.status === 'degraded');
  return degraded ? 'complete_with_defaults' : 'complete';
}
