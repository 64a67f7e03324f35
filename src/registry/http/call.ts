import type { Agent } from 'node:http';
import { addressOf } from './address.js';
import { FORM, headerOf, invalid, isHeaderText, isJsonType, requestFindings, type ApiRequest } from './request.js';
import { Secrets } from './secrets.js';
import type { ApiSettings } from './settings.js';
import type { StepContext } from '../step-handler.js';

/** A request made ready: nothing of it can be wrong any more. */
export interface HttpCall {
  readonly method: string;
  readonly url: URL;
  /** Lower-case names; go along wherever the call is redirected. */
  readonly standardHeaders: Readonly<Record<string, string>>;
  /** Lower-case names; the author's and the configured ones, which only the host of the first url gets. */
  readonly ownHeaders: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** Null: the pool that the process has for the protocol. */
  readonly agent: Agent | null;
  readonly secrets: Secrets;
}

const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/**
 * Makes a request ready to be sent for one attempt of a step.
 *
 * @throws PermanentError `REQUEST_INVALID` naming every mistake in what the handler asked for
 */
export function callOf(
  request: ApiRequest,
  { auth }: ApiSettings,
  context: StepContext<unknown>,
  agentFor: (url: URL) => Agent | null,
): HttpCall {
  const address = addressOf(request);
  const findings = [...(address instanceof URL ? [] : address), ...requestFindings(request)];
  if (findings.length > 0 || !(address instanceof URL)) {
    throw invalid('REQUEST_INVALID', `The request of step "${context.step.name}"`, findings);
  }
  const ownHeaders: Record<string, string> = auth ? { [auth.name]: auth.value } : {};
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value !== undefined) ownHeaders[name.toLowerCase()] = String(value);
  }
  const body = bodyOf(request);
  const standardHeaders = { ...standardHeadersOf(context), ...body?.headers };
  const method = request.method ?? 'GET';
  return {
    method,
    url: address,
    standardHeaders,
    ownHeaders,
    body: body?.bytes ?? null,
    agent: agentFor(address),
    secrets: secretsOf(address, request.body, auth, ownHeaders),
  };
}

function standardHeadersOf({ task, step }: StepContext<unknown>): Record<string, string> {
  const { traceparent } = task;
  const { correlationId } = task;
  return {
    accept: 'application/json',
    'x-correlation-id': isHeaderText(correlationId) ? correlationId : encodeURIComponent(correlationId),
    'idempotency-key': step.idempotencyKey,
    ...(traceparent && TRACEPARENT.test(traceparent) ? { traceparent } : {}),
  };
}

function bodyOf({ method, headers, body }: ApiRequest): { bytes: Buffer; headers: Record<string, string> } | null {
  if (body === undefined || body === null) {
    const expectsOne = method === 'POST' || method === 'PUT' || method === 'PATCH';
    return expectsOne ? { bytes: Buffer.alloc(0), headers: { 'content-length': '0' } } : null;
  }
  const given = headerOf(headers, 'content-type');
  const [bytes, type] = bytesOf(body, given);
  return { bytes, headers: { 'content-type': given ?? type, 'content-length': String(bytes.length) } };
}

function bytesOf(body: unknown, contentType: string | undefined): [bytes: Buffer, contentType: string] {
  if (body instanceof Uint8Array) return [Buffer.from(body), 'application/octet-stream'];
  if (typeof body === 'string') return [Buffer.from(body, 'utf8'), 'text/plain; charset=utf-8'];
  if (contentType === undefined || isJsonType(contentType))
    return [Buffer.from(JSON.stringify(body)), 'application/json'];
  const fields = Object.entries(body as object).map(([name, value]): [string, string] => [name, String(value)]);
  return [Buffer.from(new URLSearchParams(fields).toString()), FORM];
}

function secretsOf(url: URL, body: unknown, auth: ApiSettings['auth'], headers: Record<string, string>): Secrets {
  const secrets = new Secrets(auth?.secrets ?? []);
  const query = [...url.searchParams].map(([name, value]) => ({ [name]: value }));
  for (const values of [headers, ...query]) secrets.addOpaque(values);
  secrets.addNamed([headers, query, body]);
  secrets.addPath(url);
  return secrets;
}
