import { Option } from 'commander';
import { CommandFailure } from '../command-failure.js';
import type { ActedAnswer, DiagramAnswer, StepAnswer, TaskAnswer, TaskPageAnswer } from './answers.js';
import type { ExplanationAnswer } from './explanation-answer.js';
import { isProblem, problemText } from './problem-text.js';

const ANSWER_MS = 30_000;
const PREFIX = '/tasker';
const HEADER_TEXT = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** Where the server is. */
export const urlOption = (): Option =>
  new Option('-u, --url <address>', "the server's address; a path in it replaces /tasker")
    .env('TASKER_URL')
    .default('http://127.0.0.1:3000');

/** Nothing answers at the address; it may do so later. */
export class ServerUnreachable extends CommandFailure {}

/** The tasks of a running server, over HTTP. */
export class TaskServer {
  private readonly root: string;

  /** @throws CommandFailure if the address is none */
  constructor(private readonly address: string) {
    if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
      throw new CommandFailure(`"${address}" is not the address of a server: write http://host:port.`);
    }
    const url = new URL(address);
    const path = url.pathname.replace(/\/+$/, '');
    this.root = `${url.origin}${path === '' ? PREFIX : path}`;
  }

  /** @returns whether the same request had created it before, under its idempotency key */
  async create(request: object): Promise<{ task: TaskAnswer; replayed: boolean }> {
    const { body, headers } = await this.ask('POST', '/tasks', request);
    return { task: body as TaskAnswer, replayed: headers.get('idempotent-replayed') === 'true' };
  }

  async list(query: URLSearchParams): Promise<TaskPageAnswer> {
    return (await this.ask('GET', `/tasks?${query.toString()}`)).body as TaskPageAnswer;
  }

  async show(taskId: string, include: readonly string[] = []): Promise<TaskAnswer> {
    const query = include.length > 0 ? `?include=${include.join(',')}` : '';
    return (await this.ask('GET', `${pathOf(taskId)}${query}`)).body as TaskAnswer;
  }

  async diagram(taskId: string): Promise<DiagramAnswer> {
    return (await this.ask('GET', `${pathOf(taskId)}/diagram?format=json`)).body as DiagramAnswer;
  }

  async explain(taskId: string, { step, limit }: { step?: string; limit?: number }): Promise<ExplanationAnswer> {
    const query = new URLSearchParams({ ...(step && { step }), ...(limit && { limit: String(limit) }) });
    return (await this.ask('GET', `${pathOf(taskId)}/explain?${query.toString()}`)).body as ExplanationAnswer;
  }

  /** Does the same to each of them; one answer each. */
  async act(act: object, taskIds: readonly string[], actor?: string): Promise<ActedAnswer[]> {
    const { body } = await this.ask('POST', '/tasks/bulk_actions', { ...act, task_ids: taskIds }, actor);
    return (body as { results: ActedAnswer[] }).results;
  }

  /** @param act - an action with what it is given, or what to change */
  async actOnStep(act: object, taskId: string, step: string, actor?: string): Promise<StepAnswer> {
    return (await this.ask('PATCH', stepPathOf(taskId, step), act, actor)).body as StepAnswer;
  }

  async cancelStep(reason: string | undefined, taskId: string, step: string, actor?: string): Promise<StepAnswer> {
    return (await this.ask('DELETE', stepPathOf(taskId, step), { reason }, actor)).body as StepAnswer;
  }

  private async ask(
    method: string,
    path: string,
    json?: object,
    actor?: string,
  ): Promise<{ body: unknown; headers: Headers }> {
    const { response, text } = await this.send(method, path, json, actor);
    const body = parsed(text);
    if (response.ok && body !== undefined) return { body, headers: response.headers };
    if (isProblem(body)) throw new CommandFailure(problemText(body, response.headers.get('retry-after')));
    throw new CommandFailure(
      `What answers at ${this.root} is not a Tasker server (status ${response.status}): check --url or TASKER_URL.`,
    );
  }

  private async send(
    method: string,
    path: string,
    json?: object,
    actor?: string,
  ): Promise<{ response: Response; text: string }> {
    if (actor !== undefined && !HEADER_TEXT.test(actor)) {
      throw new CommandFailure('--actor must be 1 to 255 printable ASCII characters.');
    }
    const token = credentials();
    try {
      const response = await fetch(`${this.root}${path}`, {
        method,
        headers: {
          accept: 'application/json',
          ...(json && { 'content-type': 'application/json' }),
          ...(actor && { 'x-actor': actor }),
          ...token,
        },
        body: json && JSON.stringify(json),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      return { response, text: await response.text() };
    } catch (error) {
      throw new ServerUnreachable(
        `No Tasker server answers at ${this.address} (${reasonOf(error)}). ` +
          'Start one with `tasker serve`, or say where it is with --url or TASKER_URL.',
      );
    }
  }
}

const pathOf = (taskId: string): string => `/tasks/${encodeURIComponent(taskId)}`;
const stepPathOf = (taskId: string, step: string): string =>
  `${pathOf(taskId)}/workflow_steps/${encodeURIComponent(step)}`;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch hides what happened in the cause of what it throws. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: Error & { code?: string } };
  if (name === 'TimeoutError') return `nothing within ${ANSWER_MS / 1000} s`;
  return cause?.code ?? cause?.message ?? message;
}

/** An API key or a JWT. Not an option: what is written on a command line is seen by everybody on the machine. */
function credentials(): { authorization?: string } {
  const token = process.env.TASKER_TOKEN;
  if (!token) return {};
  if (HEADER_TEXT.test(token)) return { authorization: `Bearer ${token}` };
  throw new CommandFailure('TASKER_TOKEN holds what no header can: write an API key or a JWT.');
}
