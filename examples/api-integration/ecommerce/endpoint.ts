import { PermanentError, type StepContext } from 'nest-tasker';

/** Where a step calls: the `url` and `params` of its `handler_config`. */
export interface Endpoint {
  url: string;
  params: Record<string, string>;
}

/**
 * Reads the endpoint of a step from its `handler_config`.
 *
 * @throws PermanentError if it has no `url`, or a param is not a plain value
 */
export function endpointOf(config: StepContext['config']): Endpoint {
  const { url, params = {} } = config;
  if (typeof url !== 'string' || url === '') throw invalid('url must be a string');
  if (typeof params !== 'object' || params === null) throw invalid('params must be a map');

  const texts = Object.entries(params).map(([name, value]) => {
    if (typeof value === 'object') throw invalid(`params.${name} must be a plain value`);
    return [name, String(value)] as const;
  });
  return { url, params: Object.fromEntries(texts) };
}

const invalid = (what: string): PermanentError =>
  new PermanentError(`handler_config.${what}`, { errorCode: 'INVALID_HANDLER_CONFIG', errorCategory: 'configuration' });
