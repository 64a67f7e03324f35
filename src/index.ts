import 'reflect-metadata';

export { TaskerModule, type TaskerAsyncOptions, type TaskerFeatureOptions } from './tasker.module.js';
export { openApiDocument, setupOpenApi } from './api/open-api.js';
export { answerUnroutable } from './api/problem/fastify-errors.js';
export { setupProblems } from './api/problem/setup-problems.js';
export type { Diagram, DiagramNode } from './client/diagram.js';
export type { ListFilter } from './client/list-filter.js';
export { mermaid } from './client/mermaid.js';
export type { CancelOptions } from './client/task-cancellation.js';
export type { CreatedTask, SubmittedTask } from './client/task-creation.js';
export type { StepOptions, TaskPage, TaskPart } from './client/task-lookup.js';
export type { WaitOptions } from './client/task-waiting.js';
export { TaskerClient } from './client/tasker-client.js';
export type { CreateOptions, TaskRequest } from './client/task-request.js';
export type { AttemptView, StepView, TaskView, TransitionView } from './client/views.js';
export type { Role, TaskerOptions } from './config/tasker-options.js';
export type { TaskerConfig } from './config/tasker-config.js';
export { PermanentError, RetryableError, TaskerError, type Finding, type TaskerErrorCode } from './core/errors.js';
export type { StepFailure } from './core/failure.js';
export type { Json, JsonObject } from './core/json.js';
export {
  STEP_STATES,
  TASK_STATES,
  type AttemptOutcome,
  type ExecutionStatus,
  type StepState,
  type TaskState,
} from './core/states.js';
export type { TaskContext } from './core/template.js';
export { EventBus } from './events/event-bus.js';
export { EventCatalog, type EventInfo } from './events/event-catalog.js';
export type { EventCategory, EventOf, EventPattern } from './events/event-pattern.js';
export { EventSubscriber, OnTaskerEvent, type EventSubscriberOptions } from './events/event-subscriber.decorator.js';
export { safeGet } from './events/safe-get.js';
export type { TaskerEvent, TaskerEventName, TaskerEvents } from './events/tasker-events.js';
export { AttemptAbortedError, AttemptRefusedError } from './orchestration/live-attempt.js';
export { StepTimeoutError } from './orchestration/failure-policy.js';
export { startEmbeddedPostgres, type EmbeddedPostgres } from './persistence/embedded/embedded-postgres.js';
export { migrateDatabase } from './persistence/migrate.js';
export { RELEASE } from './persistence/release.js';
export { ValidationError } from './registry/interface-contract.js';
export { Registries, type AnyRegistry } from './registry/registries.js';
export type { RegisterOptions, RegistryChange, RegistryHealth, RegistryStats } from './registry/registry-kind.js';
export { StepHandlerRegistry, type RegisteredStepHandler } from './registry/step-handler.registry.js';
export {
  StepHandlerBase,
  type Sequence,
  type StepContext,
  type StepHandlerContract,
  type StepInfo,
  type TaskInfo,
} from './registry/step-handler.js';
export { StepHandler, type StepHandlerOptions } from './registry/step-handler.decorator.js';
export { loadTemplates, type LoadResult } from './templates/load-templates.js';
export type { TemplateDefinition, StepDefinition } from './core/template-definition.js';
export { ApiStepHandler, type ApiResult } from './registry/api-step-handler.js';
export type { ApiRequest } from './registry/http/request.js';
export type { ApiResponse } from './registry/http/response.js';
