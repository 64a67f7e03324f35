import { levelsByName } from './step-order.js';
import { nameOf, type LoadedTemplate } from './template-source.js';

/** A template in a list, for programs. */
export const templateSummary = ({ template, origin }: LoadedTemplate): object => ({
  namespace: template.namespace,
  name: template.name,
  version: template.version,
  full_name: nameOf(template),
  description: template.description,
  tags: template.tags,
  file: origin,
  step_count: template.steps.length,
});

/** All of a template, for programs. `${NAME}` is in place in what is given to handlers: secrets are not shown. */
export function templateDetails(loaded: LoadedTemplate): object {
  const { steps, ...said } = loaded.template;
  const levels = levelsByName(steps);
  return {
    ...templateSummary(loaded),
    ...(snakeKeys(said) as object),
    steps: steps.map(({ config, backoff, ...step }) => ({
      level: levels.get(step.name),
      ...(snakeKeys({ ...step, retryBackoff: backoff, handlerConfig: config }) as object),
    })),
  };
}

/** Keys whose values have names of their own in them. */
const FREE = new Set([
  ...['schema', 'payloadSchema', 'publish', 'handlerConfig', 'inputs', 'metadata'],
  ...['context', 'testData', 'mockServices'],
]);

function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]: [string, unknown]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      FREE.has(key) ? inner : snakeKeys(inner),
    ]),
  );
}
