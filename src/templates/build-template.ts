import { DEFAULT_BACKOFF } from '../core/backoff.js';
import { revivedTemplate } from '../core/stored-template.js';
import type { StoredTemplate } from '../core/stored-template.js';
import type { Monitoring, Testing } from '../core/template-policies.js';
import { DEFAULT_NAMESPACE, DEFAULT_RETRY_LIMIT, DEFAULT_TIMEOUT_SECONDS, DEFAULT_VERSION } from '../core/template.js';
import type { TaskTemplate } from '../core/template.js';
import { commonSettings } from './agreement.js';
import { customEventOf, customEventsOf, routesOf } from './declared-events.js';
import { MAX_TIMEOUT_SECONDS } from './quantities.js';
import type { StepFields } from './shape/step-shape.js';
import type { TemplateFields } from './template-shape.js';

/** The proven template, defaults filled in. Only for fields without findings. */
export function builtTemplate(fields: TemplateFields): TaskTemplate {
  const { constraints, performance, task_config, workflow_config } = fields;
  const common = commonSettings(fields);
  const technical = constraints?.technical_constraints;
  const { concurrency, ...demands } = performance ?? {};
  const handlerPath = pathOf(fields);
  const executionMode = workflow_config?.execution_mode ?? 'parallel';
  return revivedTemplate({
    namespace: common.namespace ?? DEFAULT_NAMESPACE,
    name: fields.name!.value,
    version: fields.version ?? DEFAULT_VERSION,
    description: fields.description ?? null,
    schema: fields.schema?.json ?? null,
    failureStrategy: common.failureStrategy ?? 'continue',
    maxDurationSeconds: least(common.maxDurationSeconds, technical?.maxDurationSeconds),
    moduleNamespace: fields.module_namespace,
    taskHandlerClass: handlerPath?.split('::').at(-1) ?? null,
    taskHandlerPath: handlerPath,
    executionMode,
    maxConcurrentSteps: least(
      workflow_config?.max_concurrent_steps,
      technical?.maxConcurrentSteps,
      executionMode === 'sequential' ? 1 : null,
    ),
    concurrency: concurrency ?? undefined,
    priority: task_config?.priority,
    tags: [...new Set(task_config?.tags)],
    businessRules: constraints?.business_rules?.map(({ value }) => value),
    technicalConstraints: technical,
    errorHandling: fields.error_handling,
    events: {
      publishing: fields.settings?.event_publishing,
      publish: fields.events?.publish,
      customEvents: customEventsOf(fields),
      routes: routesOf(fields),
    },
    security: fields.security,
    performance: demands,
    monitoring: monitoringOf(fields),
    testing: testingOf(fields),
    handlerConfig: fields.handler_config,
    metadata: fields.metadata,
    steps: fields.step_templates!.map((step) => builtStep(step, fields)),
  });
}

function builtStep(step: StepFields, fields: TemplateFields): StoredTemplate['steps'][number] {
  const { settings, task_config, workflow_config } = fields;
  const common = commonSettings(fields);
  const retryable = step.default_retryable ?? task_config?.retryable ?? true;
  const timeout = step.timeout_seconds ?? settings?.default_timeout ?? DEFAULT_TIMEOUT_SECONDS;
  return {
    name: step.name!.value,
    description: step.description ?? null,
    handler: step.handler_class!.value,
    dependsOn: [...new Set(step.dependsOn.map(({ value }) => value))],
    config: step.handler_config?.json ?? {},
    dependentSystem: step.dependent_system ?? fields.default_dependent_system ?? null,
    retryable,
    retryLimit: retryable ? (step.default_retry_limit ?? common.retryLimit ?? DEFAULT_RETRY_LIMIT) : 1,
    timeoutSeconds: Math.min(timeout + (workflow_config?.step_timeout_buffer ?? 0), MAX_TIMEOUT_SECONDS),
    backoff: { ...DEFAULT_BACKOFF, ...step.retry_backoff },
    circuitBreaker: step.circuit_breaker,
    skippable: step.skippable ?? false,
    inputs: step.inputs,
    customEvents: step.custom_events?.map((event) => customEventOf(event, common.namespace ?? DEFAULT_NAMESPACE)),
  };
}

/** The least of those that are given; null where none is. */
function least(...limits: (number | null | undefined)[]): number | null {
  const given = limits.filter((limit) => limit !== null && limit !== undefined);
  return given.length === 0 ? null : Math.min(...given);
}

/** The class with the module's namespace before it, unless it stands there already. */
function pathOf({ module_namespace: module, task_handler_class: handler }: TemplateFields): string | null {
  if (handler === undefined) return null;
  return module === undefined || handler.value.startsWith(`${module}::`)
    ? handler.value
    : `${module}::${handler.value}`;
}

const monitoringOf = ({ monitoring, alerts }: TemplateFields): Monitoring => ({
  metrics: monitoring?.metrics?.map(({ value }) => value) ?? [],
  alerts: [...(monitoring?.alerts ?? []), ...(alerts ?? [])].map(({ value }) => value),
});

function testingOf({ testing }: TemplateFields): Testing | null {
  return testing ? { ...testing, scenarios: testing.scenarios.map(({ value }) => value) } : null;
}
