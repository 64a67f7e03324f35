import 'reflect-metadata';

export { TaskerModule, type TaskerAsyncOptions, type TaskerFeatureOptions } from './tasker.module.js';
export { AlertService, type AlertFilter } from './alerts/alert.service.js';
export type { AnalyticsRequest } from './analytics/analytics-request.js';
export { Analytics } from './analytics/analytics.service.js';
export type {
  BottleneckReport,
  CriticalStep,
  ErrorPatternReport,
  PerformanceReport,
  Recommendation,
  SeriesPoint,
  StepPerformance,
  TemplatePerformance,
} from './analytics/reports.js';
export { openApiDocument, setupOpenApi } from './api/open-api.js';
export { ApiKeys, type ApiKeyInfo, type IssuedApiKey, type NewApiKey } from './auth/api-keys/api-keys.js';
export { JwtAuthenticator } from './auth/jwt/jwt.authenticator.js';
export { UnauthenticatedError } from './auth/unauthenticated-error.js';
export { answerUnreadable, answerUnroutable } from './api/problem/fastify-errors.js';
export { setupProblems } from './api/problem/setup-problems.js';
export type {
  CriticalPathView,
  DependencyAnalysisView,
  ErrorChainView,
  ParallelismView,
} from './client/dependency-view.js';
export type { Diagram, DiagramNode } from './client/diagram.js';
export type { ListFilter } from './client/list-filter.js';
export { mermaid } from './client/mermaid.js';
export type { ActedStep, ActedTask, StepAct, TaskAct } from './client/bulk-operator.js';
export type {
  ActOptions,
  CompleteStepOptions,
  ResolveStepOptions,
  RetryStepOptions,
  RetryTaskOptions,
  StepChanges,
  TaskChanges,
} from './client/operator-options.js';
export type { RequestWith, TaskHandlerContract, TemplateIdentity } from './client/task-handler.js';
export type { CreatedTask, SubmittedTask } from './client/task-creation.js';
export type { StepOptions, TaskPage, TaskPart } from './client/task-lookup.js';
export type { WaitOptions } from './client/task-waiting.js';
export { TaskerClient } from './client/tasker-client.js';
export type { CreateOptions, TaskRequest } from './client/task-request.js';
export type { AttemptView, StepView, TaskView, TransitionView } from './client/views.js';
export type { AttemptError, Cause, StepExplanation, TaskExplanation } from './client/explanation/explanation.js';
export type { Blocker, Mover, Reason, ReasonKind, WaitingView } from './client/explanation/reason.js';
export type { Remedy, RemedyAction, RemedyRequest } from './client/explanation/remedy.js';
export type { ExplainOptions } from './client/explanation/task-explaining.js';
export type { AuthOptions, JwtOptions } from './config/auth-options.js';
export type { Role, TaskerOptions } from './config/tasker-options.js';
export type { TaskerConfig } from './config/tasker-config.js';
export { JWT_ALGORITHMS, type JwtAlgorithm } from './core/access/jwt-algorithm.js';
export { PERMISSIONS, type Permission } from './core/access/permission.js';
export type { AccessQuestion, Authenticator, Authorizer, IncomingRequest, Principal } from './core/access/principal.js';
export { PermanentError, RetryableError, TaskerError, type Finding, type TaskerErrorCode } from './core/errors.js';
export type { StepFailure } from './core/failure.js';
export type { Json, JsonObject } from './core/json.js';
export { LOG_COMPONENTS, readLogLevels, type LogComponent, type Severity } from './core/log-levels.js';
export type { LogIds } from './core/log-scope.js';
export {
  STEP_STATES,
  TASK_STATES,
  type AttemptOutcome,
  type ExecutionStatus,
  type StepState,
  type TaskState,
} from './core/states.js';
export type { TaskContext } from './core/template.js';
export { DeliveryService, type ParkedOptions } from './delivery/delivery.service.js';
export { EventBus } from './events/event-bus.js';
export type { DeliveryAttempt, DeliveryRetry, DurableOptions, Start } from './events/durable-options.js';
export { EventCatalog, type EventInfo } from './events/event-catalog.js';
export type { EventFilter } from './events/event-filter.js';
export type { CatalogCategory } from './events/event-name.js';
export type { EventCategory, EventOf, EventPattern } from './events/event-pattern.js';
export { CustomEvent, type CustomEventOptions } from './events/custom-event.decorator.js';
export {
  EventSubscriber,
  OnTaskerEvent,
  type ConfigurableSubscriber,
  type EventSubscriberOptions,
} from './events/event-subscriber.decorator.js';
export { safeGet } from './events/safe-get.js';
export type { Delivery, Scope, SubscriberDescription } from './events/subscriber-description.js';
export { Subscribers } from './events/subscribers.js';
export type {
  AnyEvent,
  CustomEventPayload,
  TaskerEvent,
  TaskerEventName,
  TaskerEvents,
} from './events/tasker-events.js';
export {
  durationOf,
  errorOf,
  metricName,
  numberAt,
  tagsOf,
  type ErrorKind,
  type EventError,
} from './events/extract.js';
export { EventMetrics } from './subscribers/metrics/event-metrics.js';
export type { Metrics, MetricsSnapshot } from './subscribers/metrics/metrics.js';
export { MetricsSubscriber, type MetricsConfig } from './subscribers/metrics/metrics.subscriber.js';
export { PagerDutySubscriber, type PagerDutyConfig } from './subscribers/pagerduty/pagerduty.subscriber.js';
export { SentrySubscriber, type SentryConfig } from './subscribers/sentry/sentry.subscriber.js';
export { SlackSubscriber, type SlackConfig } from './subscribers/slack/slack.subscriber.js';
export { WebhookSubscriber, type WebhookConfig } from './subscribers/webhook/webhook.subscriber.js';
export { ComprehensiveSubscriber, type ComprehensiveConfig } from './subscribers/comprehensive.subscriber.js';
export { Instruments } from './metrics/instruments.js';
export type { Exemplar, MetricLabels, MetricSample, MetricType } from './metrics/metric-sample.js';
export type { HealthReport, OverallHealth } from './health/health-status.js';
export { TaskerHealth, type TerminusResult } from './health/tasker-health.js';
export { currentLogIds } from './logging/current-log-ids.js';
export { TaskerLogger, type LoggerSettings } from './logging/tasker-logger.js';
export { logFormatFor, LOG_FORMATS, type LogFormat } from './logging/log-output.js';
export { AttemptAbortedError, AttemptRefusedError } from './orchestration/live-attempt.js';
export { StepTimeoutError } from './orchestration/failure-policy.js';
export type { AlertState, AlertStatus } from './persistence/stores/alerts.js';
export type { Distribution, StepFigures, TaskFigures } from './persistence/stores/window-figures.js';
export type { ParkedEvent, SubscriptionFigures, SubscriptionState } from './persistence/stores/subscriptions.js';
export { startEmbeddedPostgres, type EmbeddedPostgres } from './persistence/embedded/embedded-postgres.js';
export { migrateDatabase } from './persistence/migrate.js';
export { RELEASE } from './persistence/release.js';
export type { Export, ExportRequest } from './plugins/export.service.js';
export { ExportService } from './plugins/export.service.js';
export type { ExportData, ExportKind, Exporter, TaskRecord } from './plugins/exporter.js';
export { PluginRegistry } from './plugins/plugin.registry.js';
export { ValidationError } from './registry/interface-contract.js';
export { Registries, type AnyRegistry } from './registry/registries.js';
export type { RegisterOptions, RegistryChange, RegistryHealth, RegistryStats } from './registry/registry-kind.js';
export type { RegisteredStepHandler } from './registry/registered-step-handler.js';
export { TaskHandler, type TaskDefinition, type TaskHandlerOptions } from './registry/task-handler.decorator.js';
export { TaskHandlerRegistry, type RegisteredTaskHandler } from './registry/task-handler.registry.js';
export { SubscriberRegistry } from './registry/subscriber.registry.js';
export { StepHandlerRegistry } from './registry/step-handler.registry.js';
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
