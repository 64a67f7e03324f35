// A foreign application, written in the folder that the packed package is installed into: plain JavaScript, as any
// build would leave it. Argument: the database's url. Prints what became of one task.
'use strict';
require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { StepHandler, TaskerClient, TaskerModule } = require('nest-tasker');
const { runStep } = require('nest-tasker/testing');

class GreetHandler {
  process({ task }) {
    return { greeting: `Hello ${task.context.name}` };
  }
}
StepHandler('greet')(GreetHandler);

class ShoutHandler {
  process({ sequence }) {
    return { shout: sequence.results('greet').greeting.toUpperCase() };
  }
}
StepHandler('shout')(ShoutHandler);

const { Count } = require('./host-thread.cjs');

class AppModule {}
Module({
  imports: [
    TaskerModule.forRoot({
      database: { url: process.argv[2] },
      templates: [
        {
          name: 'hello',
          step_templates: [
            { name: 'greet', handler_class: 'greet' },
            { name: 'shout', handler_class: 'shout', depends_on_step: 'greet' },
            { name: 'count', handler_class: 'count', depends_on_step: 'shout' },
          ],
        },
      ],
    }),
  ],
  providers: [GreetHandler, ShoutHandler, Count],
})(AppModule);

async function main() {
  const alone = await runStep(new GreetHandler(), { context: { name: 'alone' } });
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
  const client = app.get(TaskerClient);
  const { taskId } = await client.createTask({
    name: 'hello',
    context: { name: 'host' },
    initiator: 'test',
    reason: 'package',
    sourceSystem: 'test',
  });
  const task = await client.waitFor(taskId, { timeoutMs: 20_000 });
  await app.close();
  const nest = require('@nestjs/core/package.json').version;
  console.log(
    JSON.stringify({ nest, status: task.status, result: task.steps[1].results, counted: task.steps[2].results, alone }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
