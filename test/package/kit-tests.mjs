// What a host tests with the kit, under whatever runner: `test`, `before` and `after` are the runner's.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Module } from '@nestjs/common';
import { StepHandler, TaskerModule } from 'nest-tasker';
import { failTimes, runStep, scenariosOf, TaskerTestingModule, topology } from 'nest-tasker/testing';

class Greet {
  process({ task }) {
    return { greeting: `Hello ${task.context.name}` };
  }
}
StepHandler('greet')(Greet);

class HostModule {}
Module({
  imports: [
    TaskerModule.forRoot({
      database: { url: 'postgres://nobody@127.0.0.1:1/production' },
      templates: [
        {
          name: 'hello',
          step_templates: [
            { name: 'greet', handler_class: 'greet', retry_backoff: { initial_delay: 7200, max_delay: 7200 } },
          ],
          testing: { test_scenarios: [{ name: 'greets', context: { name: 'scenario' }, steps: ['greet'] }] },
        },
      ],
      http: { enabled: false },
    }),
  ],
  providers: [Greet],
})(HostModule);

export function testTheKit({ test, before, after }) {
  let tasker;
  before(async () => {
    tasker = await TaskerTestingModule.create({
      application: HostModule,
      databaseUrl: process.env.TEST_DATABASE_URL,
      mockHandlers: { greet: failTimes(1).thenCallThrough() },
    });
  });
  after(() => tasker.close());

  test('runs a handler alone', async () => {
    assert.deepEqual(await runStep(new Greet(), { context: { name: 'alone' } }), { greeting: 'Hello alone' });
  });

  test('runs a task through hours at once', async () => {
    const task = await tasker.runTask({ name: 'hello', context: { name: 'host' } });
    assert.equal(task.status, 'complete');
    assert.deepEqual(task.attempts, { greet: 2 });
    assert.deepEqual(task.results('greet'), { greeting: 'Hello host' });
    assert.ok(task.completedAt - task.createdAt > 6_000_000);
    assert.equal((await tasker.events.next('task.completed')).task_id, task.taskId);
  });

  test('makes tasks in the states that are wanted, and a topology', async () => {
    assert.equal((await tasker.createTask({ state: 'error' })).status, 'error');
    assert.equal((await tasker.createWorkflowStep({ state: 'waiting_for_retry' })).status, 'waiting_for_retry');
    const { template, mockHandlers } = topology('diamond');
    await tasker.addTemplates([template], mockHandlers);
    assert.equal((await tasker.runTask({ name: template.name, namespace: 'topologies' })).status, 'complete');
  });

  test('plays a scenario', async () => {
    const { problems } = await tasker.runScenario({ name: 'hello' }, 'greets');
    assert.deepEqual(problems, []);
    assert.throws(
      () => scenariosOf({ name: 'none', step_templates: [{ name: 'a', handler_class: 'a' }] }),
      /no scenarios/,
    );
  });
}
