import type { Agent } from 'node:http';
import type { Json } from '../core/json.js';
import type { TaskContext } from '../core/template.js';
import { callOf, type HttpCall } from './http/call.js';
import { runWithin } from './http/deadline.js';
import { exchange, type HttpAnswer } from './http/exchange.js';
import { failureOfConnection, failureOfStatus, tooLarge } from './http/failure.js';
import type { ApiRequest } from './http/request.js';
import { responseOf, type ApiResponse } from './http/response.js';
import { readSettings, type ApiSettings } from './http/settings.js';
import { StepHandlerBase, type StepContext } from './step-handler.js';

/** What an API step leaves unless its handler says otherwise. */
export interface ApiResult {
  status: number;
  /** Those that say something about the body, or name the request to the service; `location` without its query. */
  headers: Record<string, string>;
  body: Json;
}

const KEPT_HEADERS = ['content-type', 'etag', 'last-modified', 'location', 'x-request-id'];

/**
 * Base for handlers whose step is one HTTP call. The call is what `handler_config` says (`url`, `base_url`, `method`,
 * `params`, `headers`, `auth`, `body`, `timeout_seconds`, `accept_statuses`, `follow_redirects`); override `request` to
 * build it from the task, and `onResponse` to say what the step leaves.
 *
 * A failure is thrown as the error that tells the engine whether to try again; the handler itself never does.
 */
export abstract class ApiStepHandler<C = TaskContext, R = ApiResult> extends StepHandlerBase<C, R> {
  /** Keys of `handler_config` that the handler reads itself; any other unknown key is a mistake. @default none */
  protected readonly configKeys: readonly string[] = [];

  /** Calls wait while their dependent system fails for everybody. */
  readonly circuitBreaker: boolean = true;

  /** A longer answer is not taken, in bytes, decompressed. @default 1048576 */
  protected readonly maxResponseBytes: number = 1_048_576;

  /**
   * Makes the step's call.
   *
   * @throws PermanentError `CONFIG_INVALID`, `REQUEST_INVALID`, `RESPONSE_TOO_LARGE`, or `HTTP_<status>` for 3xx and 4xx;
   *   RetryableError `HTTP_<status>` for 408, 429 and 5xx, `HTTP_TIMEOUT`, `NETWORK_ERROR` or `RESPONSE_MALFORMED`
   */
  async process(context: StepContext<C>): Promise<R> {
    const settings = this.settingsOf(context);
    const request = await this.request(context, settings.request);
    const call = callOf(request, settings, context, (url) => this.agent(url));
    const answer = await this.send(call, settings, context.signal);
    return this.onResponse(responseOf(call, answer), context);
  }

  /** The call to make. @param configured - what `handler_config` says; the default answers it as it is */
  protected request(_context: StepContext<C>, configured: ApiRequest): ApiRequest | Promise<ApiRequest> {
    return configured;
  }

  /** The step's result, from a success. @default status, some headers and the body */
  protected onResponse({ status, headers, body }: ApiResponse, _context: StepContext<C>): R | Promise<R> {
    const result: Record<string, string> = {};
    for (const name of KEPT_HEADERS) if (headers[name] !== undefined) result[name] = headers[name];
    // services repeat the query of the call there, and with it its keys
    if (result.location !== undefined) result.location = result.location.split('?')[0]!;
    return { status, headers: result, body } as R;
  }

  /** Whether a status is a success, besides those of `accept_statuses`. @default 2xx */
  protected isSuccess(status: number): boolean {
    return status >= 200 && status <= 299;
  }

  /** Where a `url` without a host goes if `handler_config` has no `base_url`. @default nowhere: null */
  protected baseUrl(): string | null {
    return null;
  }

  /** Connections for a call, e.g. with a client's certificate or through a proxy. @default the pool of the process: null */
  protected agent(_url: URL): Agent | null {
    return null;
  }

  private settingsOf({ step, config }: StepContext<C>): ApiSettings {
    return readSettings(step.name, config, {
      ownKeys: this.configKeys,
      baseUrl: this.baseUrl(),
      needsUrl: this.request === ApiStepHandler.prototype.request,
    });
  }

  private async send(call: HttpCall, settings: ApiSettings, attempt: AbortSignal): Promise<HttpAnswer> {
    const isSuccess = (status: number): boolean => settings.acceptStatuses.includes(status) || this.isSuccess(status);
    const options = { isSuccess, followRedirects: settings.followRedirects, maxBytes: this.maxResponseBytes };
    let answer: HttpAnswer;
    try {
      answer = await runWithin(settings.timeoutMs, attempt, (signal) => exchange(call, signal, options));
    } catch (error) {
      attempt.throwIfAborted();
      throw failureOfConnection(call, error);
    }
    attempt.throwIfAborted();
    if (!isSuccess(answer.status)) throw failureOfStatus(call, answer);
    if (answer.cut) throw tooLarge(call, this.maxResponseBytes);
    return answer;
  }
}
