import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Type } from '@nestjs/common';
import {
  ApiStepHandler,
  PermanentError,
  RetryableError,
  StepHandler,
  type StepContext,
  type StepHandlerContract,
  type TemplateDefinition,
} from '../../src/index.js';
import { CircuitProber } from '../../src/worker/circuits/circuit-prober.js';
import { Engine, engines, eventually, Gate, LOG, requestFor, SOON, type EngineOptions } from '../support/engine.js';
import { expectInvariants } from '../support/invariants.js';
import { expectOnlyHeartbeats } from '../support/rows-written.js';

const { start, beside } = engines();

const OUTAGE = new RetryableError('the bank is down', { errorCode: 'BANK_DOWN', errorCategory: 'external_service' });

/** A service that steps depend on, as their handlers see it. */
class Bank {
  isUp = true;
  /** Who called, in order. */
  readonly calls: string[] = [];
  most = 0;
  private now = 0;

  async call(who: string): Promise<string> {
    this.calls.push(who);
    this.most = Math.max(this.most, ++this.now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.now--;
    if (!this.isUp) throw OUTAGE;
    return 'paid';
  }
}

/** The handler `pay`, which waits for circuits. */
function payHandler(process: (context: StepContext) => unknown, circuitBreaker = true): Type<StepHandlerContract> {
  @StepHandler('pay')
  class PayHandler implements StepHandlerContract {
    readonly circuitBreaker = circuitBreaker;

    process(context: StepContext): unknown {
      return process(context);
    }
  }
  return PayHandler;
}

const breaker = { failure_threshold: 5, reset_timeout_seconds: 3_600 };

/** One step that calls the bank. */
const payment = (
  name = 'payment',
  settings: Record<string, number | boolean> = breaker,
  changes: Partial<TemplateDefinition['step_templates'][number]> = {},
): TemplateDefinition => ({
  name,
  step_templates: [
    {
      name: 'pay',
      handler_class: 'pay',
      dependent_system: 'bank',
      handler_config: { circuit_breaker: settings },
      retry_backoff: SOON,
      default_retry_limit: 50,
      ...changes,
    },
  ],
});

const mail: TemplateDefinition = { name: 'mail', step_templates: [{ name: 'send', handler_class: 'send' }] };

function optionsFor(bank: Bank, changes: EngineOptions = {}): EngineOptions {
  return {
    templates: [payment(), mail],
    providers: [payHandler(({ task }) => bank.call(task.taskId))],
    handlers: { send: () => 'sent' },
    ...changes,
  };
}

async function createMany(engine: Engine, name: string, count: number): Promise<string[]> {
  const answers = await engine.client.createTasks(Array.from({ length: count }, () => requestFor(name)));
  return answers.map((answer) => {
    if ('error' in answer) throw answer.error;
    return answer.task.taskId;
  });
}

interface CircuitRow {
  state: string;
  failures: number;
  reset_ms: string;
}

const circuitOf = async (engine: Engine, system = 'bank'): Promise<CircuitRow | undefined> =>
  (await engine.sql<CircuitRow>('select * from circuit where dependent_system = $1', [system]))[0];

const isState = (engine: Engine, state: string): Promise<void> =>
  eventually(`the circuit is ${state}`, async () => (await circuitOf(engine))?.state === state);

/** The system may be tried now; workers know it by their next poll. */
const due = (engine: Engine): Promise<unknown> => engine.sql('update circuit set probe_at = now()');

const running = async (engine: Engine): Promise<number> =>
  (await engine.sql(`select from step where state = 'in_progress'`)).length;

/** Opens the bank's circuit by failures, and waits until nothing runs any more. */
async function outage(engine: Engine, bank: Bank, tasks = 10): Promise<string[]> {
  bank.isUp = false;
  const taskIds = await createMany(engine, 'payment', tasks);
  await isState(engine, 'open');
  await eventually('nothing runs', async () => (await running(engine)) === 0);
  // what was claimed at the moment has been given back
  await eventually(
    'all wait',
    async () => (await engine.sql(`select from step where due_at is not null`)).length === 0,
  );
  return taskIds;
}

describe('an open circuit', () => {
  it('keeps the steps of its system waiting on all workers, and no others, and says why', async () => {
    const bank = new Bank();
    const one = await start(optionsFor(bank));
    await beside(one, optionsFor(bank));
    const taskIds = await outage(one, bank);
    const calls = bank.calls.length;
    expect(calls).toBeGreaterThanOrEqual(5);

    for (const { status } of await Promise.all(Array.from({ length: 10 }, () => one.run('mail')))) {
      expect(status).toBe('complete');
    }
    expect(bank.calls.length).toBe(calls);
    const task = await one.look(taskIds[0]!);
    expect(task.view).toMatchObject({ executionStatus: 'has_ready_steps' });
    const waitingFor = task.step('pay').waitingFor!;
    expect(waitingFor.kind).toBe('circuit');
    expect(waitingFor.detail).toMatch(
      /^The circuit of bank is open: \d+ attempts in a row failed, the last with BANK_DOWN\. One step tries it again at 20/,
    );
    expect(waitingFor.until!.getTime()).toBeGreaterThan(Date.now() + 3_000_000);
    expect(LOG.lines.filter((line) => line.includes('The circuit of bank is open for 3600 s'))).toHaveLength(1);
  });

  it('is opened by failures of all workers together', async () => {
    const bank = new Bank();
    bank.isUp = false;
    const slow = { default_retry_limit: 1 };
    const options = optionsFor(bank, { templates: [payment('payment', breaker, slow)], worker: { slots: 1 } });
    const one = await start(options);
    await beside(one, options);

    // one after the other, so that nothing is under way when it opens
    for (let n = 0; n < 5; n++) {
      expect((await circuitOf(one))?.state ?? 'closed').toBe('closed');
      await one.run('payment');
      await eventually('it is counted', async () => (await circuitOf(one))?.failures === n + 1);
    }
    await isState(one, 'open');
    expect(bank.calls).toHaveLength(5);
  });

  it('does not come of failures with successes among them, whoever has these', async () => {
    const bank = new Bank();
    const options = optionsFor(bank, { templates: [payment('payment', breaker, { default_retry_limit: 1 })] });
    const one = await start(options);
    const two = await beside(one, options);
    for (let n = 0; n < 4; n++) {
      bank.isUp = false;
      await Promise.all([one, two, one].map((engine) => engine.run('payment')));
      await eventually('they are counted', async () => (await circuitOf(one))?.failures === 3);
      bank.isUp = true;
      // whichever of them runs it, it knows of the failures by now, or by its next poll
      await eventually('they are forgotten', async () => {
        await two.run('payment');
        return (await circuitOf(one))?.failures === 0;
      });
    }
    expect((await circuitOf(one))!.state).toBe('closed');
  });

  it.each([
    ['a refusal by the business', () => new PermanentError('the card is declined', { errorCategory: 'fraud' })],
    ['a mistake in the program', () => new TypeError('cannot read')],
    ['an answer of 429', () => new RetryableError('slow down', { errorCategory: 'rate_limit' })],
    ['an error without a category', () => new Error('who knows')],
  ])('does not come of %s', async (_what, thrown) => {
    const template = payment('payment', { ...breaker, failure_threshold: 1 }, { default_retry_limit: 2 });
    const handler = payHandler(() => {
      throw thrown();
    });
    const engine = await start({ templates: [template], providers: [handler] });
    expect((await engine.run('payment')).status).toBe('error');
    expect(await circuitOf(engine)).toBeUndefined();
  });

  it('concerns neither steps that are excepted nor handlers that do not ask for it', async () => {
    const bank = new Bank();
    const excepted = payment('excepted', { enabled: false }, { default_retry_limit: 8 });
    const engine = await start(optionsFor(bank, { templates: [payment(), excepted, mail] }));
    await outage(engine, bank);
    const calls = bank.calls.length;
    expect((await engine.run('excepted')).step('pay').attempts).toBe(8);
    expect(bank.calls.length).toBe(calls + 8);

    const other = await start({
      templates: [payment('payment', breaker, { default_retry_limit: 8 })],
      providers: [payHandler(({ task }) => bank.call(task.taskId), false)],
    });
    expect((await other.run('payment')).status).toBe('error');
    expect(await circuitOf(other)).toBeUndefined();
  });

  it('writes nothing until it is time to try', async () => {
    const bank = new Bank();
    const engine = await start(optionsFor(bank, { worker: { pollMs: 20, heartbeatMs: 100, silentMs: 300 } }));
    await outage(engine, bank, 20);

    await expectOnlyHeartbeats(engine);
  });

  it('takes no step from who runs one already', async () => {
    const gate = new Gate();
    let fail = true;
    const handler = payHandler(async ({ task }) => {
      if (task.initiator !== 'patient') {
        if (fail) throw OUTAGE;
        return 'paid';
      }
      await gate.pass();
      return 'paid after all';
    });
    const engine = await start({ templates: [payment()], providers: [handler] });
    const { taskId } = await engine.create('payment', { initiator: 'patient' });
    await gate.reached();
    await createMany(engine, 'payment', 5);
    await isState(engine, 'open');
    gate.open();

    expect((await engine.finished(taskId)).step('pay').results).toBe('paid after all');
    // that was no try: it began before
    expect((await circuitOf(engine))!.state).toBe('open');
    fail = false;
  });

  it('sends back what was claimed just before it opened, which is no attempt', async () => {
    const bank = new Bank();
    const engine = await start(optionsFor(bank));
    await outage(engine, bank, 5);
    const calls = bank.calls.length;
    // a claim that left before this worker knew
    const prober = engine.get(CircuitProber);
    const passable = jest.spyOn(prober, 'passable').mockImplementation((ids) => ids);
    const { taskId } = await engine.create('payment');
    await eventually('it was given back', async () => (await engine.look(taskId)).outcomes('pay').includes('released'));
    passable.mockRestore();
    await eventually('nothing runs', async () => (await running(engine)) === 0);

    const [attempt] = (await engine.look(taskId)).step('pay').attemptHistory!;
    expect(attempt).toMatchObject({ outcome: 'released' });
    const [row] = await engine.sql(`select reason from transition where task_id = $1 and cause = 'released' limit 1`, [
      taskId,
    ]);
    expect(row!.reason).toBe('The circuit of bank is open.');
    expect(bank.calls.length).toBe(calls);
    const [step] = await engine.sql('select attempt, forgiven from step where task_id = $1', [taskId]);
    expect(step!.forgiven).toBe(step!.attempt);
  });
});

describe('a system that may be tried again', () => {
  it('is tried by one step of all workers, and when that succeeds the others follow', async () => {
    const bank = new Bank();
    const one = await start(optionsFor(bank));
    await beside(one, optionsFor(bank));
    const taskIds = await outage(one, bank, 30);
    bank.calls.length = 0;
    bank.most = 0;
    const gate = new Gate();
    const call = bank.call.bind(bank);
    // the first call lasts until the test has looked
    bank.call = async (who) => {
      bank.call = call;
      bank.calls.push(who);
      await gate.pass();
      return 'paid';
    };
    bank.isUp = true;
    await due(one);
    await gate.reached();

    expect((await circuitOf(one))!.state).toBe('half_open');
    const waiting = (await one.look(taskIds.find((id) => id !== bank.calls[0])!)).step('pay').waitingFor!;
    expect(waiting.detail).toContain('half open');
    // others poll meanwhile
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(bank.calls).toHaveLength(1);

    gate.open();
    for (const taskId of taskIds) expect((await one.finished(taskId)).status).toBe('complete');
    expect(await circuitOf(one)).toMatchObject({ state: 'closed', failures: 0 });
    await expectInvariants(one.url);
  });

  it('gets its steps in order once it is back', async () => {
    const bank = new Bank();
    const engine = await start(optionsFor(bank, { worker: { slots: 1 } }));
    await outage(engine, bank, 8);
    const later = await createMany(engine, 'payment', 8);
    bank.calls.length = 0;
    bank.isUp = true;
    await due(engine);
    for (const taskId of later) await engine.finished(taskId);
    expect(bank.calls).toEqual([...bank.calls].sort());
    expect(bank.calls).toHaveLength(16);
  });

  it('is left alone for twice as long when the try fails', async () => {
    const bank = new Bank();
    const engine = await start(
      optionsFor(bank, { templates: [payment('payment', { ...breaker, reset_timeout_seconds: 100 }), mail] }),
    );
    await outage(engine, bank);
    expect((await circuitOf(engine))!.reset_ms).toBe('100000');
    const calls = bank.calls.length;
    await due(engine);
    await eventually('the try has failed', async () => (await circuitOf(engine))!.reset_ms === '200000');
    await eventually('nothing runs', async () => (await running(engine)) === 0);
    expect(await circuitOf(engine)).toMatchObject({ state: 'open' });
    expect(bank.calls.length).toBe(calls + 1);
  });

  it('is tried by another where the worker that tries it dies', async () => {
    const gate = new Gate();
    let worker = 0;
    let isUp = false;
    const engineOf = (name: string): EngineOptions => ({
      templates: [payment()],
      providers: [
        payHandler(async () => {
          if (!isUp) throw OUTAGE;
          if (worker++ === 0) await gate.pass();
          return name;
        }),
      ],
      worker: { name },
    });
    const one = await start(engineOf('one'));
    const two = await beside(one, engineOf('two'));
    const taskIds = await createMany(one, 'payment', 5);
    await isState(one, 'open');
    await eventually('nothing runs', async () => (await running(one)) === 0);
    isUp = true;
    await due(one);
    await gate.reached();
    const [probe] = await one.sql<{ worker_id: number }>(`select worker_id from step where state = 'in_progress'`);
    await one.sql(`update worker set state = 'lost', stopped_at = now() where id = $1`, [probe!.worker_id]);

    for (const taskId of taskIds) expect((await two.finished(taskId)).status).toBe('complete');
    expect((await circuitOf(one))!.state).toBe('closed');
    gate.open();
  });

  it('is tried by nobody who has no step for it, and as soon as there is one', async () => {
    const bank = new Bank();
    const engine = await start(
      optionsFor(bank, { templates: [payment('payment', breaker, { default_retry_limit: 1 })] }),
    );
    bank.isUp = false;
    const taskIds = await createMany(engine, 'payment', 5);
    for (const taskId of taskIds) await engine.finished(taskId);
    await isState(engine, 'open');
    await due(engine);
    bank.isUp = true;
    expect((await engine.run('payment')).status).toBe('complete');
    expect((await circuitOf(engine))!.state).toBe('closed');
  });

  it('lets limited steps try it, too', async () => {
    const bank = new Bank();
    const limited = { ...payment(), performance: { concurrency: { max_concurrent_steps: 1 } } };
    const engine = await start(optionsFor(bank, { templates: [limited, mail] }));
    bank.isUp = false;
    const taskIds = await createMany(engine, 'payment', 6);
    await isState(engine, 'open');
    bank.isUp = true;
    await due(engine);
    for (const taskId of taskIds) expect((await engine.finished(taskId)).status).toBe('complete');
    expect(bank.most).toBe(1);
  });
});

describe('ApiStepHandler', () => {
  let server: Server;
  let status = 503;
  let requests = 0;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      requests++;
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const apiTemplate = (name: string): TemplateDefinition => ({
    name,
    default_dependent_system: 'shop',
    step_templates: [
      {
        name: 'get',
        handler_class: 'get_shop',
        handler_config: {
          url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
          circuit_breaker: { failure_threshold: 3, reset_timeout_seconds: 3_600 },
        },
        retry_backoff: { kind: 'fixed', initial_delay: 0.01, jitter: 0 },
        default_retry_limit: 1_000,
      },
    ],
  });

  @StepHandler('get_shop')
  class GetShop extends ApiStepHandler {}

  it('waits by itself: a service that answers 503 is left alone until it is back', async () => {
    const engine = await start({ templates: [apiTemplate('shop')], providers: [GetShop] });
    status = 503;
    const { taskId } = await engine.create('shop');
    await eventually('its circuit is open', async () => (await circuitOf(engine, 'shop'))?.state === 'open');
    await eventually('it waits', async () => (await engine.look(taskId)).step('get').waitingFor?.kind === 'circuit');
    const before = requests;
    status = 200;
    await due(engine);
    expect((await engine.finished(taskId)).status).toBe('complete');
    expect(requests).toBe(before + 1);
  });

  it('does not wait for a service that refuses what it is sent', async () => {
    const engine = await start({ templates: [apiTemplate('shop')], providers: [GetShop] });
    status = 404;
    for (let n = 0; n < 4; n++) expect((await engine.run('shop')).status).toBe('error');
    expect(await circuitOf(engine, 'shop')).toBeUndefined();
  });
});
