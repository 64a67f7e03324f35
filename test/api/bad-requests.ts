import type { Test } from 'supertest';
import { GOOD, type ApiServer } from './api-server.js';

/** A name of 255 characters is the longest. */
const TOO_LONG = 'x'.repeat(256);
const UNKNOWN_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

interface Expected {
  status: number;
  code: string;
  /** Paths of all findings, in any order. */
  paths?: string[];
  /** Somewhere in the answer. */
  says?: RegExp;
}

/** A request that is wrong, and how it is to be answered. */
export interface BadRequest extends Expected {
  fact: string;
  send: (server: ApiServer, taskId: string) => Test;
}

const invalid = (paths: string[], says?: RegExp): Expected => ({ status: 400, code: 'request_invalid', paths, says });
const malformed: Expected = { status: 400, code: 'request_invalid' };
const notFound = (code: string, says?: RegExp): Expected => ({ status: 404, code, paths: [], says });
const NOT_JSON: Expected = { status: 415, code: 'unsupported_media_type' };

const post = (fact: string, changes: object, expected: Expected, headers: Record<string, string> = {}): BadRequest => ({
  fact,
  ...expected,
  send: ({ http }) =>
    http
      .post('/tasker/tasks')
      .set(headers)
      .send({ ...GOOD, ...changes }),
});

const raw = (fact: string, body: string, expected: Expected, type = 'application/json'): BadRequest => ({
  fact,
  ...expected,
  send: ({ http }) => http.post('/tasker/tasks').set('Content-Type', type).send(body),
});

const bulk = (fact: string, body: object, expected: Expected, headers: Record<string, string> = {}): BadRequest => ({
  fact,
  ...expected,
  send: ({ http }) => http.post('/tasker/tasks/bulk').set(headers).send(body),
});

const get = (fact: string, path: string, expected: Expected): BadRequest => ({
  fact,
  ...expected,
  send: ({ http }, taskId) => http.get(`/tasker${path.replace(':id', taskId)}`),
});

const cancel = (fact: string, path: string, body: object | undefined, expected: Expected): BadRequest => ({
  fact,
  ...expected,
  send: ({ http }, taskId) => http.delete(`/tasker${path.replace(':id', taskId)}`).send(body),
});

const act = (
  fact: string,
  method: 'patch' | 'put' | 'post' | 'delete',
  path: string,
  body: object | undefined,
  expected: Expected,
  headers: Record<string, string> = {},
): BadRequest => ({
  fact,
  ...expected,
  send: ({ http }, taskId) => {
    const request = http[method](`/tasker/tasks/${path.replace(':id', taskId)}`).set(headers);
    return body === undefined ? request : request.send(body);
  },
});

/** What is asked of a step that is there. */
const step = (fact: string, body: object | undefined, expected: Expected): BadRequest =>
  act(fact, 'patch', ':id/workflow_steps/fetch_cart', body, expected);

const why = { reason: 'x' };
const illegal = (says: RegExp): Expected => ({ status: 409, code: 'illegal_transition', paths: ['status'], says });

const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const withContext = (context: string): string => JSON.stringify(GOOD).replace('{"cart_id":123}', context);

export const BAD_REQUESTS: BadRequest[] = [
  { fact: 'no body', ...invalid(['']), send: ({ http }) => http.post('/tasker/tasks') },
  raw('an empty object names every field that is required', '{}', {
    ...invalid(['name', 'context', 'initiator', 'reason', 'source_system'], /is required/),
  }),
  raw('a body that breaks off', '{"name": "api_integ', { ...malformed, says: /not valid JSON/ }),
  raw('a body that is not JSON', 'name=api_integration_task', { ...malformed, says: /not valid JSON/ }),
  raw('a list', '[]', invalid([''], /must be an object, not a list/)),
  raw('a text', '"task"', malformed),
  raw('null', 'null', malformed),
  raw('an empty body under a JSON type', '', malformed),
  post('a name that is a number', { name: 7 }, invalid(['name'], /must be text, not a number/)),
  post('a blank name', { name: ' ' }, invalid(['name'])),
  post('a name of 256 characters', { name: TOO_LONG }, invalid(['name'], /at most 255/)),
  post('a name of null', { name: null }, invalid(['name'], /is required/)),
  post('no context', { context: undefined }, invalid(['context'], /is required/)),
  post('a context that is a list', { context: [1] }, invalid(['context'], /must be an object, not a list/)),
  post('a context that is text', { context: 'cart' }, invalid(['context'], /must be an object, not text/)),
  post('an initiator that is an object', { initiator: {} }, invalid(['initiator'], /must be text, not an object/)),
  post('a reason of 4001 characters', { reason: 'x'.repeat(4001) }, invalid(['reason'], /at most 4000/)),
  post(
    'several mistakes, all named at once',
    { name: 7, tags: 'a', priority: 'x', colour: 1 },
    {
      ...invalid(['name', 'tags', 'priority', 'colour']),
    },
  ),
  raw('a context nested deeper than 100 levels', withContext(deep(200)), { ...malformed, says: /deeper than/ }),
  raw('a context nested 10,000 levels deep', withContext(deep(10_000)), { ...malformed, says: /deeper than/ }),
  post('a context with a NUL', { context: { cart_id: 1, note: 'a\u0000' } }, invalid(['context.note'], /NUL/)),
  post(
    'a context with half of a surrogate pair',
    { context: { cart_id: 1, note: '\ud800' } },
    {
      ...invalid(['context.note'], /surrogate/),
    },
  ),
  raw('a number too large to be kept', withContext('{"cart_id":1e400}'), invalid(['context.cart_id'], /finite/)),
  post(
    'a context that lacks what the schema requires',
    { context: {} },
    {
      status: 422,
      code: 'context_invalid',
      paths: ['context.cart_id'],
    },
  ),
  post(
    'a context with two violations, both named',
    { context: { cart_id: 'x', note: 5 } },
    {
      status: 422,
      code: 'context_invalid',
      paths: ['context.cart_id', 'context.note'],
    },
  ),
  post('an unknown field, with the nearest known', { initator: 'x' }, invalid(['initator'], /"initiator"/)),
  post('a field in camelCase', { sourceSystem: 'x' }, invalid(['sourceSystem'], /"source_system"/)),
  raw('a field named __proto__', JSON.stringify(GOOD).replace('{', '{"__proto__":{"name":"x"},'), malformed),
  raw('fields flat and under `task` at once', JSON.stringify({ task: GOOD, name: 'x' }), invalid(['name'], /not both/)),
  raw('a `task` that is a list', '{"task":[]}', { ...malformed, says: /must be an object, not a list/ }),
  raw('a mistake under `task`', JSON.stringify({ task: { ...GOOD, priority: 101 } }), invalid(['priority'])),
  post('tags that are text', { tags: 'urgent' }, invalid(['tags'], /a list of texts, not text/)),
  post('tags of which one is a number', { tags: ['a', 5] }, invalid(['tags[1]'], /must be text/)),
  post('51 tags', { tags: Array.from({ length: 51 }, (_, n) => `t${n}`) }, invalid(['tags'], /at most 50/)),
  post('a priority above 100', { priority: 101 }, invalid(['priority'], /from -100 to 100/)),
  post('a priority in words', { priority: 'high' }, invalid(['priority'])),
  post('a priority that is no whole number', { priority: 1.5 }, invalid(['priority'])),
  post('a run_at in words', { run_at: 'tomorrow' }, invalid(['run_at'], /ISO 8601/)),
  post('a run_at that does not say its offset', { run_at: '2030-01-01T00:00:00' }, invalid(['run_at'])),
  post('a run_at on 30 February', { run_at: '2030-02-30T00:00:00Z' }, invalid(['run_at'])),
  post('a run_at that is a number', { run_at: 1_900_000_000 }, invalid(['run_at'])),
  post(
    'a template that nobody knows, with the nearest known',
    { name: 'api_integration_tsk' },
    {
      ...notFound('template_not_found', /Did you mean .*api_integration_task/),
    },
  ),
  post('a namespace that nobody knows', { namespace: 'payments' }, notFound('template_not_found')),
  post('a version that nobody knows', { version: '9.9.9' }, notFound('template_not_found', /0\.1\.0/)),
  post('a version that is no version', { version: 'latest' }, notFound('template_not_found')),
  post('a key that differs from its header', { idempotency_key: 'a' }, invalid(['idempotency_key'], /differs/), {
    'Idempotency-Key': 'b',
  }),
  post('a key of 256 characters', { idempotency_key: TOO_LONG }, invalid(['idempotency_key'])),
  post('a key of 256 characters in the header', {}, invalid(['Idempotency-Key']), { 'Idempotency-Key': TOO_LONG }),
  post(
    'a correlation id that differs from its header',
    { correlation_id: 'a' },
    invalid(['correlation_id'], /differs/),
    {
      'X-Correlation-ID': 'b',
    },
  ),
  post('a correlation id with a line break', { correlation_id: 'a\nb' }, invalid(['correlation_id'], /printable/)),
  post(
    'a step to bypass that the template lacks',
    { bypass_steps: ['fetch_crt'] },
    {
      ...invalid(['bypass_steps[0]'], /fetch_cart/),
    },
  ),
  post('steps to bypass that are text', { bypass_steps: 'fetch_cart' }, invalid(['bypass_steps'])),
  raw('text', JSON.stringify(GOOD), NOT_JSON, 'text/plain'),
  raw('a form', 'name=api_integration_task', NOT_JSON, 'application/x-www-form-urlencoded'),
  raw('XML', '<task/>', NOT_JSON, 'application/xml'),
  post('a body of 2 MB', { context: { note: 'x'.repeat(2_000_000) } }, { status: 413, code: 'payload_too_large' }),

  bulk('a bulk without tasks', {}, invalid(['tasks'], /is required/)),
  bulk('a bulk whose tasks are no list', { tasks: GOOD }, invalid(['tasks'], /must be a list/)),
  bulk('a bulk of no tasks', { tasks: [] }, invalid(['tasks'], /1 to 1000/)),
  bulk('a bulk of 1001 tasks', { tasks: Array(1001).fill(0) }, invalid(['tasks'], /1 to 1000/)),
  bulk('a bulk with something beside its tasks', { tasks: [GOOD], name: 'x' }, invalid(['name'])),
  bulk('a bulk under one idempotency key', { tasks: [GOOD] }, invalid(['Idempotency-Key']), { 'Idempotency-Key': 'a' }),

  get('a filter that nobody knows, with the nearest known', '/tasks?stats=error', invalid(['stats'], /"status"/)),
  get('a status that no task has', '/tasks?status=ready', invalid(['status'], /in_progress/)),
  get('a limit of 0', '/tasks?limit=0', invalid(['limit'], /1 to 100/)),
  get('a limit of 101', '/tasks?limit=101', invalid(['limit'])),
  get('a limit in words', '/tasks?limit=ten', invalid(['limit'])),
  get('an order that does not exist', '/tasks?sort=name', invalid(['sort'], /-created_at/)),
  get('a moment in words', '/tasks?created_after=yesterday', invalid(['created_after'])),
  get('a filter given twice', '/tasks?status=error&status=pending', invalid(['status'], /once/)),
  get('a cursor that this server did not make', '/tasks?cursor=abc', invalid(['cursor'])),
  get('a filter on no path of the context', '/tasks?context.=1', invalid(['context.'])),
  get('several mistakes in a query', '/tasks?limit=0&sort=x&y=1', invalid(['limit', 'sort', 'y'])),

  get('a task that does not exist', `/tasks/${UNKNOWN_ID}`, notFound('task_not_found')),
  get('a task id that is no UUID', '/tasks/17', notFound('task_not_found')),
  get('an include that does not exist', '/tasks/:id?include=steps,stepz', invalid(['include'], /Allowed: steps/)),
  get('an include that is empty', '/tasks/:id?include=', invalid(['include'])),
  get('a query parameter that a task does not take', '/tasks/:id?verbose=1', invalid(['verbose'], /include/)),
  get('steps of a task that does not exist', `/tasks/${UNKNOWN_ID}/workflow_steps`, notFound('task_not_found')),
  get('a step that the task lacks, with the nearest', '/tasks/:id/workflow_steps/fetch_crt', {
    ...notFound('step_not_found', /fetch_cart/),
  }),
  get('a step id of another task', `/tasks/:id/workflow_steps/${UNKNOWN_ID}`, notFound('step_not_found')),
  get(
    'a diagram format that is not made',
    '/tasks/:id/diagram?format=png',
    invalid(['format'], /mermaid, json, svg, html/),
  ),
  get('a diagram of a task that does not exist', `/tasks/${UNKNOWN_ID}/diagram`, notFound('task_not_found')),
  get('the transitions of a task that does not exist', `/tasks/${UNKNOWN_ID}/transitions`, notFound('task_not_found')),
  get('a query parameter that transitions do not take', '/tasks/:id/transitions?page=2', invalid(['page'])),
  get('the explanation of a task that does not exist', `/tasks/${UNKNOWN_ID}/explain`, notFound('task_not_found')),
  get('the explanation of so many steps', '/tasks/:id/explain?limit=2001', invalid(['limit'], /1 to 2000/)),
  get('the explanation of a step that the task lacks', '/tasks/:id/explain?step=fetch_crt', {
    ...notFound('step_not_found', /fetch_cart/),
  }),

  cancel('cancelling a task that does not exist', `/tasks/${UNKNOWN_ID}`, undefined, notFound('task_not_found')),
  cancel('cancelling with an unknown field', '/tasks/:id', { reson: 'x' }, invalid(['reson'], /"reason"/)),
  cancel('cancelling for a reason that is a number', '/tasks/:id', { reason: 5 }, invalid(['reason'])),
  cancel('cancelling for two reasons', '/tasks/:id?reason=a', { reason: 'b' }, invalid(['reason'], /differs/)),
  cancel('cancelling with a list', '/tasks/:id', [], invalid([''], /must be an object/)),

  step('acting on a step without a body', undefined, invalid(['action', 'reason'])),
  step('acting on a step without an action', why, invalid(['action'], /retry_limit nor inputs/)),
  step('acting on a step without a reason', { action: 'skip' }, invalid(['reason'], /is required/)),
  step('a blank reason', { action: 'skip', reason: ' ' }, invalid(['reason'])),
  step(
    'an action that there is not',
    { action: 'restart', ...why },
    invalid(['action'], /retry, resolve, complete, skip/),
  ),
  step('an action that is a list', { action: ['retry'], ...why }, invalid(['action'])),
  step('completing a step without results', { action: 'complete', ...why }, invalid(['results'], /is required/)),
  step('completing a step with null', { action: 'complete', ...why, results: null }, invalid(['results'])),
  step(
    'results with a NUL',
    { action: 'resolve', ...why, results: { note: 'a\u0000' } },
    invalid(['results.note'], /NUL/),
  ),
  step(
    'skipping a step with results',
    { action: 'skip', ...why, results: 1 },
    invalid(['results'], /not taken by skip/),
  ),
  step(
    'resolving a step with a retry limit and inputs',
    { action: 'resolve', ...why, retry_limit: 2, inputs: {} },
    invalid(['retry_limit', 'inputs']),
  ),
  step('a retry limit of 0', { action: 'retry', ...why, retry_limit: 0 }, invalid(['retry_limit'], /1 to 32000/)),
  step('inputs that are a list', { action: 'retry', ...why, inputs: [1] }, invalid(['inputs'], /an object/)),
  step(
    'several mistakes about a step, all named at once',
    { action: 'retry', inputs: 5, retry_limit: 'x', results: 1, colour: 1 },
    invalid(['reason', 'inputs', 'retry_limit', 'results', 'colour']),
  ),
  step(
    'an unknown field beside an action, with the nearest known',
    { action: 'skip', reson: 'x' },
    {
      ...invalid(['reason', 'reson'], /"reason"/),
    },
  ),
  step('retrying a step that is ready', { action: 'retry', ...why }, illegal(/is ready.*skip, cancel/)),
  step(
    'results larger than are stored',
    { action: 'complete', ...why, results: 'x'.repeat(1_100_000) },
    {
      status: 413,
      code: 'payload_too_large',
    },
  ),
  act(
    'acting on a step that the task lacks',
    'patch',
    ':id/workflow_steps/fetch_crt',
    { action: 'skip', ...why },
    {
      ...notFound('step_not_found', /fetch_cart/),
    },
  ),
  act(
    'acting on a step of no task',
    'patch',
    `${UNKNOWN_ID}/workflow_steps/a`,
    { action: 'skip', ...why },
    {
      ...notFound('task_not_found'),
    },
  ),
  act('an actor that no header can hold', 'post', ':id/pause', {}, invalid(['X-Actor'], /printable/), {
    'X-Actor': 'x'.repeat(256),
  }),
  act(
    'cancelling a step for two reasons',
    'delete',
    ':id/workflow_steps/fetch_cart?reason=a',
    { reason: 'b' },
    {
      ...invalid(['reason'], /differs/),
    },
  ),
  act('changing nothing of a task', 'patch', ':id', {}, invalid([''], /tags, reason, priority/)),
  act('changing nothing of a task without a body', 'put', ':id', undefined, invalid([''], /what to change/)),
  act('changing the context of a task', 'patch', ':id', { context: {} }, invalid(['context'])),
  act('a priority above 100 for a task', 'patch', ':id', { priority: 101, tags: 'a' }, invalid(['priority', 'tags'])),
  act('retrying a task that is pending', 'post', ':id/retry', {}, illegal(/is pending and cannot be retried/)),
  act('resolving a task that is pending', 'post', ':id/resolve', why, illegal(/Only a task that is error/)),
  act('resuming a task that is not paused', 'post', ':id/resume', why, illegal(/is not paused/)),
  act('pausing a task that does not exist', 'post', `${UNKNOWN_ID}/pause`, {}, notFound('task_not_found')),
  act('pausing with a list', 'post', ':id/pause', [], invalid([''], /must be an object/)),
  act('pausing with an unknown field', 'post', ':id/pause', { until: 'noon' }, invalid(['until'])),
  act('retrying a task with inputs', 'post', ':id/retry', { inputs: {} }, invalid(['inputs'])),
  act('acting on many without an action', 'post', 'bulk_actions', { task_ids: ['a'] }, invalid(['action'])),
  act('acting on none', 'post', 'bulk_actions', { action: 'pause', task_ids: [] }, invalid(['task_ids'], /at least 1/)),
  act(
    'acting on 1001 tasks',
    'post',
    'bulk_actions',
    { action: 'pause', task_ids: Array(1001).fill('a') },
    invalid(['task_ids'], /at most 1000/),
  ),
  act(
    'skipping tasks',
    'post',
    'bulk_actions',
    { action: 'skip', task_ids: ['a'] },
    invalid(['step'], /done to a step/),
  ),
  act(
    'pausing steps',
    'post',
    'bulk_actions',
    { action: 'pause', task_ids: ['a'], step: 'b' },
    invalid(['step'], /done to a task/),
  ),
  act(
    'completing steps without a reason or results',
    'post',
    'bulk_actions',
    { action: 'complete', task_ids: ['a'], step: 'b', tags: ['c'] },
    invalid(['reason', 'results', 'tags']),
  ),

  get('a path that leads nowhere', '/tsks', notFound('not_found')),
  {
    fact: 'a method that a path lacks',
    ...notFound('not_found'),
    send: ({ http }) => http.put('/tasker/tasks').send({}),
  },
  get('a path that cannot be decoded', '/tasks/%E0%A4%A', malformed),
];
