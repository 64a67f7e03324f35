import { properties, table, type Column } from '../terminal/table.js';
import { levelsByName } from './step-order.js';
import { nameOf, type LoadedTemplate, type Template } from './template-source.js';

type Step = Template['steps'][number];

const TAGS: Column<LoadedTemplate> = { title: 'tags', value: ({ template }) => template.tags.join(', ') };

/** One line for each template. */
export const templateTable = (loaded: readonly LoadedTemplate[]): string =>
  table(loaded, [
    { title: 'namespace', value: ({ template }) => template.namespace },
    { title: 'name', value: ({ template }) => template.name },
    { title: 'version', value: ({ template }) => template.version },
    { title: 'steps', value: ({ template }) => template.steps.length, right: true },
    ...(loaded.some(({ template }) => template.tags.length > 0) ? [TAGS] : []),
    { title: 'description', value: ({ template }) => template.description },
  ]);

/** A template, its steps and its policies, for people. What it does not say is left out. */
export function templateReport(loaded: LoadedTemplate): string {
  const { template } = loaded;
  const sections = [
    head(loaded),
    steps(template),
    list('rules for contexts', template.businessRules, [
      { title: 'rule', value: ({ name }) => name },
      { title: 'must hold', value: ({ rule }) => rule },
      { title: 'where', value: ({ condition }) => condition },
      { title: 'message', value: ({ errorMessage }) => errorMessage },
    ]),
    list('escalations', template.errorHandling.escalationRules, [
      { title: 'event', value: ({ action }) => `escalation.${action}` },
      { title: 'when', value: ({ condition }) => condition },
    ]),
    list('events of its own', template.events.customEvents, [
      { title: 'event', value: ({ name }) => name },
      { title: 'description', value: ({ description }) => description },
    ]),
    list('routes', template.events.routes, [
      { title: 'event', value: ({ event }) => event },
      { title: 'also to', value: ({ publishTo }) => publishTo.join(', ') },
    ]),
    list('metrics', template.monitoring.metrics, [
      { title: 'metric', value: ({ name }) => name },
      { title: 'type', value: ({ type }) => type },
      { title: 'description', value: ({ description }) => description },
    ]),
    list('alerts', template.monitoring.alerts, [
      { title: 'alert', value: ({ name }) => name },
      { title: 'severity', value: ({ severity }) => severity },
      { title: 'when', value: ({ condition }) => condition },
    ]),
    list('test scenarios', template.testing?.scenarios ?? [], [
      { title: 'scenario', value: ({ name }) => name },
      { title: 'description', value: ({ description }) => description },
    ]),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function head({ template, origin }: LoadedTemplate): string {
  const { concurrency, errorHandling, events, performance, security, technicalConstraints: needs } = template;
  const { encryption, accessControl, auditLogging, pciCompliance } = security;
  const switchedOff = Object.entries(events.publish).flatMap(([event, published]) => (published ? [] : [event]));
  return properties({
    template: nameOf(template),
    description: template.description,
    file: origin,
    'task handler': template.taskHandlerPath,
    tags: template.tags.join(', '),
    priority: template.priority || null,
    'on failure': template.failureStrategy,
    'steps run': template.executionMode,
    'runs at most': template.maxDurationSeconds === null ? null : `${template.maxDurationSeconds} s`,
    'at once': limits({ 'steps of a task': template.maxConcurrentSteps }),
    'over all workers': limits({
      tasks: concurrency.maxConcurrentTasks,
      steps: concurrency.maxConcurrentSteps,
      'tasks waiting': concurrency.queueSize,
    }),
    'a process needs': limits({
      'bytes of memory': needs.memoryBytes,
      CPU: needs.cpus,
      connections: performance.databasePool?.minConnections ?? null,
    }),
    'not tried again': errorHandling.permanentErrors.join(', '),
    'tried again': errorHandling.retryableErrors.join(', '),
    events: events.publishing ? null : 'not published, but for those that are named',
    'unpublished events': switchedOff.join(', '),
    encryption: encryption?.enabled ? encryption.algorithm : null,
    'card data rules': pciCompliance?.enabled ? `level ${pciCompliance.auditLevel}` : null,
    'allowed roles': accessControl?.allowedRoles.join(', ') ?? null,
    'audit log': auditLogging?.enabled ? `level ${auditLogging.logLevel}` : null,
    'masked fields': security.maskedFields.join(', '),
    caching: performance.caching ? `${performance.caching.cacheType}, ${performance.caching.ttlSeconds} s` : null,
    context: template.schema === null ? 'any object' : JSON.stringify(template.schema),
    metadata: template.metadata === null ? null : JSON.stringify(template.metadata),
  });
}

const limits = (given: Record<string, number | null>): string =>
  Object.entries(given)
    .flatMap(([what, limit]) => (limit === null ? [] : [`${limit} ${what}`]))
    .join(', ');

function steps(template: Template): string {
  const levels = levelsByName(template.steps);
  return table(template.steps, [
    { title: 'level', value: ({ name }) => levels.get(name)!, right: true },
    { title: 'step', value: ({ name }) => name },
    { title: 'handler', value: ({ handler }) => handler },
    { title: 'attempts', value: ({ retryLimit }) => retryLimit, right: true },
    { title: 'timeout', value: ({ timeoutSeconds }) => `${timeoutSeconds} s`, right: true },
    { title: 'backoff', value: backoffText },
    { title: 'depends on', value: ({ dependsOn }) => dependsOn.join(', ') },
  ]);
}

function backoffText({ retryLimit, backoff }: Step): string {
  if (retryLimit === 1 || backoff.kind === 'none') return '';
  return `${backoff.kind}, ${backoff.baseMs / 1000} to ${backoff.capMs / 1000} s`;
}

/** A table under a title; nothing where it has no rows. */
const list = <Row>(title: string, rows: readonly Row[], columns: readonly Column<Row>[]): string =>
  rows.length === 0 ? '' : `${title}\n${table(rows, columns)}`;
