import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { OpenAPIObject } from '@nestjs/swagger';
import fc from 'fast-check';
import { EventSubscriber } from '../../src/index.js';
import { eventually } from '../support/engine.js';
import { ADAPTERS, GOOD, startApi, type ApiServer } from './api-server.js';
import { hostileRequests, type HostileRequest } from './hostile-requests.js';
import { LiveContract, type LiveAnswer } from './live-contract.js';
import { sendRaw } from './raw-http.js';

/** `TASKER_FUZZ_RUNS=20000 npx jest test/api/fuzz.spec.ts` is the long form. */
const RUNS = Number(process.env.TASKER_FUZZ_RUNS ?? 600);
/** Printed by each run; given here, the same requests are sent again. */
const SEED = Number(process.env.TASKER_FUZZ_SEED ?? Date.now() % 0x7fffffff);
const LEAKS =
  /select .* from |insert into|\.[cm]?[jt]s:\d+:\d+|node_modules|postgres(ql)?:\/\/|QueryFailedError|syntax error at/i;
const MOST_GROWTH_BYTES = 24 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Has the name that all paths are given. */
@EventSubscriber({ name: 'api_integration_task', events: ['task.completed'], delivery: 'durable' })
class Listener {
  handle(): void {}
}

describe.each(ADAPTERS)(`hostile requests under %s, TASKER_FUZZ_SEED=${SEED}`, (adapter) => {
  let server: ApiServer;
  let contract: LiveContract;
  let port: number;
  let known: Record<string, string>;

  beforeAll(async () => {
    server = await startApi(adapter, { handlers: [Listener] });
    port = Number(new URL(await server.app.getUrl()).port);
    contract = new LiveContract((await server.http.get('/tasker/openapi.json').expect(200)).body as OpenAPIObject);
    const { body } = await server.http.post('/tasker/tasks').send(GOOD).expect(201);
    known = {
      ...{ task_id: (body as { task_id: string }).task_id, step: 'fetch_cart', namespace: 'default' },
      ...{ name: 'api_integration_task', event_id: '1-0-ffffffff' },
    };
  });
  afterAll(() => server?.stop());

  function check(request: HostileRequest, answer: LiveAnswer): void {
    const { status, type, text } = answer;
    const said = { request: `${request.operation.method} ${request.target}`, headers: request.headers, answer };
    if (LEAKS.test(text)) throw new Error(`an inside is shown: ${JSON.stringify(said)}`);
    // the load of the fuzzer itself may keep the event loop from turning for a moment
    if (status === 503 && request.operation.path.startsWith('/tasker/health/')) return;
    if (status === 0 || status >= 500) throw new Error(`the server failed: ${JSON.stringify(said)}`);
    // what is no HTTP at all is answered by Node itself, before any application
    if ((status === 400 || status === 431) && text === '') return;
    if (status >= 400) {
      if (!type.startsWith('application/problem+json')) throw new Error(`not a problem: ${JSON.stringify(said)}`);
      expect(JSON.parse(text)).toMatchObject({
        status,
        code: expect.any(String) as string,
        errors: expect.any(Array) as [],
      });
    }
    // what is no HTTP, or too much of it, reaches no operation
    if (status === 431 || text.includes('is not valid HTTP')) return;
    // what sends a body where none is asked for is refused as all bodies are
    const isOdd = request.operation.body === null && request.body !== null && [400, 413, 415].includes(status);
    // another path may lead to another route, or nowhere
    if (request.routed && !isOdd) expect(contract.findings(request.operation, answer)).toEqual([]);
  }

  const attack = (numRuns: number, seed: number) =>
    fc.assert(
      fc.asyncProperty(hostileRequests(contract, known), async (request) =>
        check(request, await sendRaw(port, request)),
      ),
      { numRuns, seed, endOnFailure: false },
    );

  const medianMs = async (): Promise<number> => {
    const times: number[] = [];
    for (let n = 0; n < 21; n++) {
      const from = performance.now();
      await server.http.get(`/tasker/tasks/${known.task_id}`).expect(200);
      times.push(performance.now() - from);
    }
    return times.sort((a, b) => a - b)[10]!;
  };

  const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

  it(
    'are answered as documented, and leave nothing behind',
    async () => {
      process.stdout.write(`TASKER_FUZZ_SEED=${SEED} TASKER_FUZZ_RUNS=${RUNS} (${adapter})\n`);
      await attack(Math.ceil(RUNS / 4), SEED);
      collect();
      const before = { heap: process.memoryUsage().heapUsed, ms: await medianMs(), sockets: sockets() };
      await attack(RUNS, SEED + 1);
      collect();
      expect(process.memoryUsage().heapUsed - before.heap).toBeLessThan(MOST_GROWTH_BYTES);
      expect(await medianMs()).toBeLessThan(5 * before.ms + 50);
      await eventually('every connection is closed', () => Promise.resolve(sockets() <= before.sockets + 2));
      expect(({} as Record<string, unknown>).name).toBeUndefined();
      await server.http.get('/tasker/health/ready').expect(200);
    },
    120_000 + RUNS * 100,
  );
});
