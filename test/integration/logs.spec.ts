import { Injectable, Logger, type Type } from '@nestjs/common';
import {
  EventSubscriber,
  PermanentError,
  StepHandler,
  TaskerLogger,
  TaskHandler,
  type StepContext,
  type TaskerEvent,
  type TaskHandlerContract,
} from '../../src/index.js';
import { resolveConfig } from '../../src/config/tasker-config.js';
import { ADAPTERS, startApi, type ApiServer } from '../api/api-server.js';
import { engines, eventually, graph, LOG, single } from '../support/engine.js';
import { KeptLog, type KeptLine } from '../support/kept-log.js';

const CANARY = 'canary-5e1c';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const MODULE = require.resolve('../support/saying-thread-handler.cjs');
// eslint-disable-next-line @typescript-eslint/no-require-imports
const Says = (require(MODULE) as { Says: Type }).Says;
StepHandler({ name: 'says_in_thread', isolation: 'thread', module: MODULE })(Says as never);

@Injectable()
class PriceList {
  private readonly logger = new Logger('PriceList');

  async look(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.logger.log('Looked up a price');
  }
}

@StepHandler('says')
class SaysHandler {
  constructor(private readonly prices: PriceList) {}

  async process({ logger, step }: StepContext): Promise<{ price: number }> {
    await this.prices.look();
    logger.warn('The price is old');
    if (step.attempt === 1) throw new Error('not at once');
    return { price: 5 };
  }

  processResults(_step: unknown, output: { price: number }): object {
    new Logger('SaysHandler').log('Made a result');
    return output;
  }
}

@StepHandler('leaks')
class LeaksHandler {
  process({ logger, task, config }: StepContext): never {
    logger.warn('All that I have', { context: task.context, config });
    logger.error(`Calling with Authorization: Bearer ${CANARY}`);
    const context = { api_key: CANARY, amount: 5 };
    throw new PermanentError(`GET https://user:${CANARY}@x.test/?token=${CANARY} failed`, { context });
  }
}

@TaskHandler({ name: 'says' })
class SaysTask implements TaskHandlerContract {
  onComplete(): void {
    new Logger('SaysTask').log('It is complete');
  }
}

@EventSubscriber({ events: ['step.completed'] })
class Hears {
  handle(_event: TaskerEvent): void {
    new Logger('Hears').log('Heard it');
  }
}

@EventSubscriber({ name: 'kept', events: ['task.completed'], delivery: 'durable' })
class HearsLater {
  handle(_event: TaskerEvent): void {
    new Logger('HearsLater').log('Heard it later');
  }
}

const HANDLERS = [SaysHandler, PriceList, LeaksHandler, SaysTask, Hears, HearsLater, Says];
const TEMPLATES = [
  single('says', { handler_class: 'says' }),
  graph('quiet', { a: [], b: ['a'], c: ['b'] }, { handler: 'quiet' }),
  single('leaks', { handler_config: { api_key: '${LEAK_KEY}', url: 'https://x.test' } }),
  single('threaded', { handler_class: 'says_in_thread' }),
];

@StepHandler('quiet')
class QuietHandler {
  process(): object {
    return {};
  }
}

describe.each(ADAPTERS)('log lines under %s', (adapter) => {
  let log: KeptLog;
  let server: ApiServer;

  const open = async (level: string): Promise<void> => {
    process.env.LEAK_KEY = CANARY;
    log = new KeptLog({ level });
    server = await startApi(adapter, {
      templates: TEMPLATES,
      handlers: [...HANDLERS, QuietHandler],
      roles: ['api', 'worker'],
      worker: { threads: 1 },
    });
    // an application that is made says which logger it wants
    log.listen();
  };
  afterEach(async () => {
    await server?.stop();
    log?.close();
    delete process.env.LEAK_KEY;
  });

  const create = async (name: string, context: object = {}): Promise<string> => {
    const task = { name, context, initiator: 'a', reason: 'b', source_system: 'c' };
    const headers = { 'X-Correlation-ID': `of-${name}`, traceparent: `00-${TRACE}-00f067aa0ba902b7-00` };
    const { body } = await server.http.post('/tasker/tasks').set(headers).send(task).expect(201);
    return (body as { task_id: string }).task_id;
  };
  const heard = async (msg: string, count = 1): Promise<KeptLine[]> => {
    await eventually(`${count} lines say "${msg}"`, () => log.saying(msg).length >= count);
    return log.saying(msg);
  };

  it('of a handler, and of all that it calls, say whose they are', async () => {
    await open('info');
    const ids = {
      correlation_id: 'of-says',
      trace_id: TRACE,
      task_id: await create('says'),
      task_name: 'says',
      namespace: 'default',
      step_name: 'only',
    };
    expect(await heard('Looked up a price', 2)).toMatchObject([
      { component: 'PriceList', ...ids, attempt: 1 },
      { component: 'PriceList', ...ids, attempt: 2 },
    ]);
    expect(await heard('The price is old', 2)).toMatchObject([{ component: 'handlers', level: 'warn', ...ids }, {}]);
    expect(await heard('Made a result')).toMatchObject([{ component: 'SaysHandler', ...ids, attempt: 2 }]);
    expect(await heard('Heard it')).toMatchObject([{ component: 'Hears', task_id: ids.task_id, step_name: 'only' }]);
    const { correlation_id, task_id, task_name, namespace } = ids;
    const ofTask = { correlation_id, task_id, task_name, namespace };
    expect(await heard('It is complete')).toMatchObject([{ component: 'SaysTask', ...ofTask }]);
    const [later] = await heard('Heard it later');
    expect(later).toMatchObject({ component: 'HearsLater', ...ofTask });
    expect(later).not.toHaveProperty('step_name');
  });

  it('of a handler in a thread come from the process, with their ids and fields', async () => {
    await open('info');
    const ids = { task_id: await create('threaded'), correlation_id: 'of-threaded', step_name: 'only', attempt: 1 };
    expect(await heard('said in a thread')).toMatchObject([{ component: 'SaysInThread', amount: 5, ...ids }]);
    expect(await heard('said by the step')).toMatchObject([{ component: 'handlers', level: 'warn', ...ids }]);
  });

  it('of a step that failed for good show the error, and no line ever a secret', async () => {
    await open('trace');
    const context = { card: { access_token: CANARY, owner: 'Ann' }, note: `password=${CANARY}` };
    const taskId = await create('leaks', context);
    const [failed] = await heard('Failed: only of default.leaks');
    expect(failed).toMatchObject({
      level: 'warn',
      component: 'worker',
      task_id: taskId,
      correlation_id: 'of-leaks',
      err: {
        type: 'PermanentError',
        message: 'GET https://user:***@x.test/?token=*** failed',
        stack: expect.stringContaining('logs.spec') as string,
      },
    });
    const [leaked] = log.saying('All that I have');
    expect(leaked).toMatchObject({
      context: { card: { access_token: '***', owner: 'Ann' }, note: 'password=***' },
      config: { api_key: '***', url: 'https://x.test' },
    });
    const headers = { Authorization: `Bearer ${CANARY}`, 'X-Api-Key': CANARY };
    await server.http.get(`/tasker/tasks/nobody?token=${CANARY}`).set(headers);
    expect(log.text).not.toContain(CANARY);
  });

  it('of a request carry the correlation id that it is answered with', async () => {
    await open('info');
    const missing = new Error('no disk');
    jest.spyOn(server.client, 'listTasks').mockRejectedValueOnce(missing);
    const { headers } = await server.http.get('/tasker/tasks').expect(500);
    expect(await heard('no disk')).toMatchObject([
      {
        component: 'http',
        event: 'http.request.failed',
        correlation_id: headers['x-correlation-id'],
        err: { message: 'no disk' },
      },
    ]);
  });

  it('are not written for steps that go well', async () => {
    await open('info');
    for (let n = 0; n < 20; n++) await create('quiet');
    await eventually('they are done', async () => {
      const { body } = await server.http.get('/tasker/tasks?name=quiet&status=complete&limit=100');
      return (body as { tasks: unknown[] }).tasks.length === 20;
    });
    // what subscribers of this test say is theirs
    expect(log.lines.filter(({ component }) => !component.startsWith('Hears'))).toEqual([]);
  });
});

describe('an application', () => {
  it('finds a logger that writes as its options say', async () => {
    const server = await startApi('express');
    expect(server.app.get(TaskerLogger, { strict: false }).isEnabled('debug', 'worker')).toBe(false);
    await server.stop();
  });

  it('does not start with levels that are none', () => {
    const wrong = { database: { url: 'postgres://h/db' }, logging: { level: 'info,wroker=debug' } };
    expect(() => resolveConfig(wrong)).toThrow(/logging\.level: "wroker" is no component\. Did you mean "worker"\?/);
  });
});

describe('a thread', () => {
  const { start } = engines();

  it('logs outside of steps, too, by the logger of the process', async () => {
    await start({
      templates: [single('threaded', { handler_class: 'says_in_thread' })],
      providers: [Says],
      worker: { threads: 1 },
    });
    await eventually('it is said', () => LOG.lines.includes('log set up in a thread'));
  });
});
