import { z } from 'zod';
import type { Finding } from '../../core/errors.js';
import { didYouMean } from '../../core/suggest.js';
import { isPlainObject, type JsonObject } from '../../core/json.js';
import { addressOf } from './address.js';
import { headerOf, invalid, isHeaderText, requestFindings, type ApiRequest } from './request.js';

/** What a step's `handler_config` says of its call. */
export interface ApiSettings {
  readonly request: ApiRequest;
  /** The header that proves who calls, and what of it is secret; null where none is configured. */
  readonly auth: { readonly name: string; readonly value: string; readonly secrets: readonly string[] } | null;
  /** Of the whole call, redirects and body included; null: as long as the step has. */
  readonly timeoutMs: number | null;
  /** Statuses that count as success besides 2xx. */
  readonly acceptStatuses: readonly number[];
  readonly followRedirects: boolean;
}

// what ${NAME} leaves is text
const asNumber = (value: unknown): unknown =>
  typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
const asBoolean = (value: unknown): unknown => (value === 'true' ? true : value === 'false' ? false : value);
const LONGEST_SECONDS = 2_147_483;
const secret = z.string('must be text').min(1, 'must not be empty');
const headerSecret = secret.refine(
  isHeaderText,
  'must not hold line breaks, control characters or letters beyond Latin-1',
);
const AUTH_FORMS = 'must be { bearer }, { basic: { username, password } } or { header, value }';

const SCHEMA = z.strictObject({
  /** Upstream's word for handlers like this. */
  type: z.literal('api', 'must be "api"').optional(),
  url: z.unknown().optional(),
  base_url: z.unknown().optional(),
  method: z.unknown().optional(),
  params: z.unknown().optional(),
  headers: z.unknown().optional(),
  body: z.unknown().optional(),
  auth: z
    .union(
      [
        z.strictObject({ bearer: headerSecret }),
        z.strictObject({
          basic: z.strictObject({ username: secret.regex(/^[^:]*$/, 'must not hold a colon'), password: z.string() }),
        }),
        z.strictObject({ header: secret.regex(/^[\w-]+$/, 'must be the name of a header'), value: headerSecret }),
      ],
      AUTH_FORMS,
    )
    .optional(),
  timeout_seconds: z
    .preprocess(asNumber, z.number('must be a number of seconds').positive('must be above 0').max(LONGEST_SECONDS))
    .optional(),
  accept_statuses: z
    .array(z.preprocess(asNumber, z.int('must be a status, e.g. 409').min(200).max(599)), 'must be a list of statuses')
    .default([]),
  follow_redirects: z.preprocess(asBoolean, z.boolean('must be true or false')).default(true),
  /** Read where the template is loaded. */
  retry_backoff: z.unknown().optional(),
  circuit_breaker: z.unknown().optional(),
});

/**
 * Reads a step's `handler_config`, its placeholders resolved.
 *
 * @param ownKeys - further keys, which the handler reads itself
 * @param baseUrl - where a path goes if the config has no `base_url`; null for nowhere
 * @param needsUrl - whether the call goes to what is configured, and nowhere else
 * @throws PermanentError `CONFIG_INVALID` naming every mistake; values are never shown
 */
export function readSettings(
  step: string,
  config: Readonly<JsonObject>,
  { ownKeys, baseUrl, needsUrl }: { ownKeys: readonly string[]; baseUrl: string | null; needsUrl: boolean },
): ApiSettings {
  const ours = Object.fromEntries(Object.entries(config).filter(([key]) => !ownKeys.includes(key)));
  const parsed = SCHEMA.safeParse(ours);
  const request = requestOf(ours, baseUrl);
  const findings = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => findingsOf(issue, ownKeys)),
    ...requestFindings(request),
    ...addressFindings(request, needsUrl),
    ...twofoldAuth(ours),
  ];
  if (findings.length > 0 || !parsed.success)
    throw invalid('CONFIG_INVALID', `The handler_config of step "${step}"`, findings);
  const { auth, timeout_seconds, accept_statuses, follow_redirects } = parsed.data;
  return {
    request,
    auth: auth ? authOf(auth) : null,
    timeoutMs: timeout_seconds === undefined ? null : timeout_seconds * 1000,
    acceptStatuses: accept_statuses,
    followRedirects: follow_redirects,
  };
}

function requestOf(config: Record<string, unknown>, baseUrl: string | null): ApiRequest {
  const { url, base_url = baseUrl ?? undefined, method, params, headers, body } = config;
  const verb = typeof method === 'string' ? method.toUpperCase() : method;
  // not yet checked: whoever reads it next does that
  return { method: verb, url, baseUrl: base_url, params, headers, body } as ApiRequest;
}

/** Where the handler completes the address, only what is there has to be right. */
function addressFindings({ url, baseUrl }: ApiRequest, needsUrl: boolean): Finding[] {
  const address = addressOf({ url, baseUrl: baseUrl ?? (needsUrl ? undefined : 'http://the.handler.invalid') });
  return address instanceof URL ? [] : address;
}

function twofoldAuth({ auth, headers }: Record<string, unknown>): Finding[] {
  if (!isPlainObject(auth) || !isPlainObject(headers)) return [];
  const name = typeof auth.header === 'string' ? auth.header.toLowerCase() : 'authorization';
  if (headerOf(headers, name) === undefined) return [];
  return [{ path: 'auth', message: 'sets a header that headers sets too: keep one of them' }];
}

function authOf(auth: NonNullable<z.output<typeof SCHEMA>['auth']>): NonNullable<ApiSettings['auth']> {
  if ('bearer' in auth) return { name: 'authorization', value: `Bearer ${auth.bearer}`, secrets: [auth.bearer] };
  if ('header' in auth) return { name: auth.header.toLowerCase(), value: auth.value, secrets: [auth.value] };
  const { username, password } = auth.basic;
  const encoded = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
  return { name: 'authorization', value: `Basic ${encoded}`, secrets: [password, encoded] };
}

function findingsOf(issue: z.core.$ZodIssue, ownKeys: readonly string[]): Finding[] {
  const path = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => ({
    path: key,
    message: `is not a setting of an API step.${didYouMean(key, [...Object.keys(SCHEMA.shape), ...ownKeys])}`,
  }));
}
