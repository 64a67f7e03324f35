import { properties, table } from '../terminal/table.js';
import { levelsByName } from './step-order.js';
import { nameOf, type LoadedTemplate, type Template } from './template-source.js';

type Step = Template['steps'][number];

/** One line for each template. */
export const templateTable = (loaded: readonly LoadedTemplate[]): string =>
  table(loaded, [
    { title: 'namespace', value: ({ template }) => template.namespace },
    { title: 'name', value: ({ template }) => template.name },
    { title: 'version', value: ({ template }) => template.version },
    { title: 'steps', value: ({ template }) => template.steps.length, right: true },
    { title: 'description', value: ({ template }) => template.description },
  ]);

/** A template and its steps, for people. */
export function templateReport({ template, origin }: LoadedTemplate): string {
  const levels = levelsByName(template.steps);
  const head = properties({
    template: nameOf(template),
    description: template.description,
    file: origin,
    'on failure': template.failureStrategy,
    'runs at most': template.maxDurationSeconds === null ? null : `${template.maxDurationSeconds} s`,
    context: template.schema === null ? 'any object' : JSON.stringify(template.schema),
  });
  const steps = table(template.steps, [
    { title: 'level', value: ({ name }) => levels.get(name)!, right: true },
    { title: 'step', value: ({ name }) => name },
    { title: 'handler', value: ({ handler }) => handler },
    { title: 'attempts', value: ({ retryLimit }) => retryLimit, right: true },
    { title: 'timeout', value: ({ timeoutSeconds }) => `${timeoutSeconds} s`, right: true },
    { title: 'backoff', value: backoffText },
    { title: 'depends on', value: ({ dependsOn }) => dependsOn.join(', ') },
  ]);
  return `${head}\n${steps}`;
}

/** A template in a list, for programs. */
export const templateSummary = ({ template, origin }: LoadedTemplate): object => ({
  namespace: template.namespace,
  name: template.name,
  version: template.version,
  full_name: nameOf(template),
  description: template.description,
  file: origin,
  step_count: template.steps.length,
});

/** All of a template, for programs. `${NAME}` is in place in what is given to handlers: secrets are not shown. */
export function templateDetails(loaded: LoadedTemplate): object {
  const { template } = loaded;
  const levels = levelsByName(template.steps);
  return {
    ...templateSummary(loaded),
    schema: template.schema,
    failure_strategy: template.failureStrategy,
    max_duration_seconds: template.maxDurationSeconds,
    steps: template.steps.map((step) => ({
      name: step.name,
      description: step.description,
      level: levels.get(step.name),
      handler: step.handler,
      depends_on: step.dependsOn,
      dependent_system: step.dependentSystem,
      retryable: step.retryable,
      retry_limit: step.retryLimit,
      timeout_seconds: step.timeoutSeconds,
      retry_backoff: snakeKeys(step.backoff),
      skippable: step.skippable,
      handler_config: step.config,
    })),
  };
}

function backoffText({ retryLimit, backoff }: Step): string {
  if (retryLimit === 1 || backoff.kind === 'none') return '';
  return `${backoff.kind}, ${backoff.baseMs / 1000} to ${backoff.capMs / 1000} s`;
}

const snakeKeys = (value: object): object =>
  Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      inner,
    ]),
  );
