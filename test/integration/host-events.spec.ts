import { Injectable } from '@nestjs/common';
import { EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Test } from '@nestjs/testing';
import { StepHandler, TaskerClient, TaskerModule } from '../../src/index.js';
import { createTestDatabase } from '../support/database.js';

@StepHandler('greet')
class GreetHandler {
  process(): string {
    return 'hello';
  }
}

@Injectable()
class HostListener {
  readonly heard: string[] = [];

  @OnEvent('tasker.task.*')
  hear({ event, task_name }: { event: string; task_name: string }): void {
    this.heard.push(`${event} ${task_name}`);
  }
}

describe('a host with @nestjs/event-emitter', () => {
  it('hears of tasks by its own @OnEvent', async () => {
    const database = await createTestDatabase();
    const testing = await Test.createTestingModule({
      imports: [
        EventEmitterModule.forRoot({ wildcard: true }),
        TaskerModule.forRoot({
          database: { url: database.url },
          templates: [{ name: 'hello', step_templates: [{ name: 'greet', handler_class: 'greet' }] }],
          http: { enabled: false },
        }),
      ],
      providers: [GreetHandler, HostListener],
    }).compile();
    const app = await testing.init();
    try {
      const client = app.get(TaskerClient);
      const request = { name: 'hello', context: {}, initiator: 'test', reason: 'test', sourceSystem: 'test' };
      const { taskId } = await client.createTask(request);
      await client.waitFor(taskId);
      expect(app.get(HostListener).heard).toEqual([
        'task.initialize_requested hello',
        'task.started hello',
        'task.completed hello',
      ]);
    } finally {
      await app.close();
      await database.drop();
    }
  });
});
