import { Injectable, Module, Scope, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  EventBus,
  EventSubscriber,
  OnTaskerEvent,
  safeGet,
  TaskerModule,
  type AnyEvent,
  type TaskerEvent,
} from '../../src/index.js';
import { createTestDatabase } from '../support/database.js';
import { engines, eventually, graph, LOG, type Engine } from '../support/engine.js';

const { start } = engines();

const TEMPLATES = [
  graph('order', { a: [], b: ['a'] }),
  graph('broken', { bad: [] }, { each: { default_retry_limit: 1 } }),
];
const HANDLERS = {
  a: () => ({ n: 1 }),
  b: () => 2,
  bad: () => {
    throw new Error('it broke');
  },
};

const startWith = (...providers: Provider[]): Promise<Engine> =>
  start({ templates: TEMPLATES, handlers: HANDLERS, providers });

const FACTS = {
  task_id: '01890a5d-ac96-774b-bcce-b302099a8057',
  task_name: 'order',
  namespace: 'n',
  version: '1.0.0',
  correlation_id: 'c',
};

/** Runs a task and waits until its last event is out. */
async function run(engine: Engine, name: 'order' | 'broken'): Promise<string> {
  const { taskId } = await engine.run(name);
  const last = name === 'order' ? 'task.completed' : 'task.failed';
  await eventually('the last event is out', () => engine.eventsOf(taskId).includes(last));
  return taskId;
}

@EventSubscriber({ events: ['task.completed', 'task_failed', 'step.*'] })
class Routed {
  readonly heard: string[] = [];

  handleTaskCompleted({ event, execution_duration }: TaskerEvent<'task.completed'>): void {
    this.heard.push(`${event} ${typeof execution_duration}`);
  }

  handle_task_failed({ event, task_name }: TaskerEvent<'task.failed'>): void {
    this.heard.push(`${event} ${task_name}`);
  }

  handleStepCompleted({ step_name, results }: TaskerEvent<'step.completed'>): void {
    this.heard.push(`${step_name} ${JSON.stringify(results)}`);
  }
}

@EventSubscriber({
  events: ['task.*', 'step.*'],
  filter: ({ event, task_name }) => event !== 'task.started' && task_name === 'order',
})
class Filtered {
  readonly heard: string[] = [];

  handle({ event }: TaskerEvent): void {
    this.heard.push(event);
  }
}

@EventSubscriber({
  events: ['*'],
  filter: { namespace: ['shop', 'default'], name: 'order', condition: "step_name == 'b' AND execution_duration < 60s" },
})
class Worded {
  readonly heard: string[] = [];

  handle(event: AnyEvent): void {
    this.heard.push(`${event.event} ${safeGet(event, 'step_name', '')}`);
  }
}

@Injectable()
class Listener {
  readonly heard: string[] = [];

  @OnTaskerEvent('task.failed', 'task.completed')
  @OnTaskerEvent('task.*')
  settle({ event }: TaskerEvent): void {
    this.heard.push(event);
  }

  @OnTaskerEvent('step_failed')
  hear({ event, error_message }: TaskerEvent<'step.failed'>): void {
    this.heard.push(`${event} ${error_message}`);
  }
}

describe('subscribers', () => {
  it('receive events by the names of their methods, once though an alias stands for them', async () => {
    const engine = await startWith({ provide: 'ALIAS', useExisting: Routed }, Routed);
    await run(engine, 'order');
    await run(engine, 'broken');
    expect(engine.get(Routed).heard).toEqual(['a {"n":1}', 'b 2', 'task.completed number', 'task.failed broken']);
  });

  it('receive what their filter lets through', async () => {
    const engine = await startWith(Filtered);
    await run(engine, 'broken');
    await run(engine, 'order');
    expect(engine.get(Filtered).heard).toEqual([
      'task.initialize_requested',
      'step.execution_requested',
      'step.started',
      'step.completed',
      'step.execution_requested',
      'step.started',
      'step.completed',
      'task.completed',
    ]);
  });

  it('receive what a filter in words lets through', async () => {
    const engine = await startWith(Worded);
    await run(engine, 'order');
    await run(engine, 'broken');
    expect(engine.get(Worded).heard).toEqual(['step.completed b']);
  });

  it('are methods of any provider, called once for each event', async () => {
    const engine = await startWith({ provide: Listener, useFactory: () => new Listener() });
    await run(engine, 'broken');
    expect(engine.get(Listener).heard).toEqual([
      'task.initialize_requested',
      'task.started',
      'step.failed it broke',
      'task.failed',
    ]);
  });

  it('are found in a module that provides them by forFeature', async () => {
    const database = await createTestDatabase();
    const tasker = TaskerModule.forRoot({ database: { url: database.url }, roles: ['api'], http: { enabled: false } });
    @Module({ imports: [tasker, TaskerModule.forFeature({ subscribers: [Filtered] })] })
    class Application {}
    const app = await NestFactory.createApplicationContext(Application, { logger: false, abortOnError: false });
    try {
      app.get(EventBus).publish('task.cancelled', () => FACTS);
      expect(app.get(Filtered).heard).toEqual(['task.cancelled']);
    } finally {
      await app.close();
      await database.drop();
    }
  });

  it('harm neither each other nor the engine when they or their filters throw or reject', async () => {
    @EventSubscriber({ events: ['step.*'] })
    class Throws {
      handle(): void {
        throw new Error('subscriber threw');
      }
    }
    @EventSubscriber({ events: ['step.*'] })
    class Rejects {
      async handle(): Promise<void> {
        throw new Error('subscriber rejected');
      }
    }
    const filter = (): boolean => {
      throw new Error('filter threw');
    };
    @EventSubscriber({ events: ['step.*'], filter })
    class Misjudges {
      handle(): void {}
    }
    const engine = await startWith(Throws, Rejects, Misjudges, Routed);
    await run(engine, 'order');
    expect(engine.get(Routed).heard).toEqual(['a {"n":1}', 'b 2', 'task.completed number']);
    for (const text of ['subscriber threw', 'subscriber rejected', 'filter threw']) {
      await eventually(`${text} is logged`, () => LOG.lines.some((line) => line.includes(text)));
    }
  });

  it('hear nothing any more once the application has stopped', async () => {
    const engine = await startWith(Filtered);
    await run(engine, 'order');
    const [subscriber, bus] = [engine.get(Filtered), engine.get(EventBus)];
    const heard = subscriber.heard.length;
    await engine.stop();
    bus.publish('task.cancelled', () => FACTS);
    expect(subscriber.heard).toHaveLength(heard);
  });
});

const names = (...events: string[]) => ({ events });
const decorated = (options: object, methods: object, base: Type = class {}): Type => {
  class Wrong extends base {}
  Object.defineProperties(Wrong.prototype, Object.getOwnPropertyDescriptors(methods));
  EventSubscriber(options as never)(Wrong);
  return Wrong;
};
const handle = (): void => undefined;

describe('the start is refused where', () => {
  it.each([
    [
      'an event is not known',
      decorated(names('task.complted'), { handle }),
      /@EventSubscriber of Wrong: There is no event "task.complted". Did you mean "task.completed"\?/,
    ],
    ['an event is none of ours', decorated(names('task.enqueued'), { handle }), /There is no event "task.enqueued"/],
    [
      'a condition is none',
      decorated({ ...names('*'), filter: { condition: 'attempt >' } }, { handle }),
      /"filter.condition" is no condition, at character 10/,
    ],
    [
      'a filter has another key',
      decorated({ ...names('*'), filter: { namspace: 'shop' } }, { handle }),
      /has no filter "namspace". Did you mean "namespace"/,
    ],
    [
      'the scope is none',
      decorated({ ...names('*'), scope: 'host' }, { handle }),
      /"scope" must be "process" or "cluster"/,
    ],
    ['a category is not known', decorated(names('stp.*'), { handle }), /Did you mean "step.\*"/],
    [
      'no method receives an event',
      decorated(names('task.failed'), {}),
      /Wrong: no method receives "task.failed": add handleTaskFailed/,
    ],
    [
      'a method is nearly right',
      decorated(names('*'), { handle, handleTaskComplete: handle }),
      /"handleTaskComplete" names no event. Did you mean "handleTaskCompleted"/,
    ],
    [
      'a method is never called',
      decorated(names('step.*'), { handle, handleTaskFailed: handle }),
      /"handleTaskFailed" is never called/,
    ],
    ['no event is named', decorated(names(), { handle }), /"events" must list/],
    ['events are no list', decorated({ events: 'task.failed' }, { handle }), /"events" must list/],
    [
      'an option is not known',
      decorated({ ...names('*'), filters: handle }, { handle }),
      /has no option "filters". Did you mean "filter"/,
    ],
    [
      'the filter is no function',
      decorated({ ...names('*'), filter: 'task.failed' }, { handle }),
      /"filter" must be a function/,
    ],
    [
      'an event that nothing records is to be delivered durably',
      decorated({ ...names('observability.worker.lost'), delivery: 'durable' }, { handle }),
      /observability.worker.lost/,
    ],
    [
      'delivery is misspelt',
      decorated({ ...names('*'), delivery: 'in-process' }, { handle }),
      /"delivery" must be "in_process" or "durable"/,
    ],
  ])('%s', async (_, provider, message) => {
    await expect(startWith(provider)).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringMatching(message),
    });
  });

  it('a method listens to an event that is not known', async () => {
    class Misspelt {
      hear(): void {}
    }
    const { value } = Object.getOwnPropertyDescriptor(Misspelt.prototype, 'hear')!;
    OnTaskerEvent('task.faild' as never)(Misspelt.prototype, 'hear', { value: value as () => void });
    await expect(startWith(Misspelt)).rejects.toThrow(/@OnTaskerEvent of Misspelt.hear: There .* "task.failed"\?/);
  });

  it.each([Scope.REQUEST, Scope.TRANSIENT])('a subscriber is of scope %s', async (scope) => {
    class Scoped {
      @OnTaskerEvent('task.failed')
      hear(): void {}
    }
    Injectable({ scope })(Scoped);
    await expect(startWith(Scoped)).rejects.toThrow(/Scoped: is transient or request-scoped.* must be a singleton/);
  });

  it('a name is wrong, which the compiler says first', () => {
    class Listening {
      // @ts-expect-error no such event
      @OnTaskerEvent('task.faild')
      misspelt(): void {}

      // @ts-expect-error what comes has no results
      @OnTaskerEvent('step.failed')
      other(_: TaskerEvent<'step.completed'>): void {}

      @OnTaskerEvent('step.*')
      steps(_: TaskerEvent<'step.failed'> | { step_id: string }): void {}
    }
    // @ts-expect-error no such event
    EventSubscriber({ events: ['task.*', 'step.faild'] })(Listening);
    EventSubscriber({ events: ['order.placed', 'order.*'] })(Listening);
  });

  it('several things are wrong, and all of them are named', async () => {
    const wrong = decorated(names('task.complted', 'stp.failed'), { handle });
    const late = decorated({ ...names('*'), delivery: 'later' }, { handle });
    await expect(startWith(wrong, { provide: 'LATE', useClass: late })).rejects.toMatchObject({
      findings: [{}, {}, {}].map(() => ({ path: '@EventSubscriber of Wrong', message: expect.any(String) })),
    });
  });
});
