import { Command } from 'commander';
import { examples, TASK_EXIT_CODES } from '../help-text.js';
import { jsonOf } from '../json-argument.js';
import { numberOf } from '../number-option.js';
import { repeated } from '../repeated-option.js';
import { print, printJson } from '../terminal/output.js';
import { TaskServer, urlOption } from './task-server.js';
import { settled } from './task-watch.js';
import { watchTask } from './watch.command.js';
import { exitCodeOf } from '../exit-code.js';

interface CreateOptions {
  context: string;
  initiator: string;
  reason: string;
  sourceSystem: string;
  namespace?: string;
  version?: string;
  tag?: string[];
  priority?: number;
  runAt?: string;
  idempotencyKey?: string;
  correlationId?: string;
  bypassStep?: string[];
  url: string;
  wait?: boolean;
  json?: boolean;
}

export const createCommand = (): Command =>
  new Command('create')
    .description('create a task')
    .argument('<name>', "the template's name")
    .requiredOption('-c, --context <json>', 'its input: JSON, @FILE, or @- for the standard input')
    .requiredOption('-i, --initiator <who>', 'who or what asks')
    .requiredOption('-r, --reason <text>', 'why')
    .requiredOption('--source-system <name>', 'from which system')
    .option('-n, --namespace <name>', "the template's")
    .option('--version <version>', "the template's; the highest if not given")
    .option('-t, --tag <tag>', 'may be repeated', repeated)
    .option('-p, --priority <number>', '-100 to 100, higher first', numberOf)
    .option('--run-at <time>', 'ISO 8601; not started before then')
    .option('-k, --idempotency-key <key>', 'the same key and request answer the first task again')
    .option('--correlation-id <id>', 'found again in logs and events')
    .option('--bypass-step <name>', 'a step to skip; may be repeated', repeated)
    .option('-w, --wait', 'show how it goes until it settles')
    .addOption(urlOption())
    .option('--json', 'answer the task, for programs; with --wait, once it has settled')
    .addHelpText(
      'after',
      examples({
        'tasker task create order -c \'{"cart_id":1}\' -i me -r trial --source-system shell': 'prints its id',
        'tasker task create order -c @order.json -i ci -r nightly --source-system ci --wait --json | jq .status':
          'waits for its end',
      }) + `\n${TASK_EXIT_CODES}`,
    )
    .action(async (name: string, options: CreateOptions) => {
      const server = new TaskServer(options.url);
      const { task, replayed } = await server.create(requestOf(name, options));
      if (options.json) {
        const answer = options.wait ? await settled(server, task.task_id) : task;
        if (options.wait) process.exitCode = exitCodeOf(answer.status);
        return printJson(answer);
      }
      const was = replayed ? 'was created before, under the same idempotency key' : 'is created';
      print(`${task.full_name} ${task.task_id} ${was}\n`);
      if (options.wait) await watchTask(server, task.task_id);
    });

const requestOf = (name: string, options: CreateOptions): object => ({
  name,
  context: jsonOf('--context', options.context),
  initiator: options.initiator,
  reason: options.reason,
  source_system: options.sourceSystem,
  namespace: options.namespace,
  version: options.version,
  tags: options.tag,
  priority: options.priority,
  run_at: options.runAt,
  idempotency_key: options.idempotencyKey,
  correlation_id: options.correlationId,
  bypass_steps: options.bypassStep,
});
