import { Command } from 'commander';
import { actorOption } from '../actor-option.js';
import { EXIT_CODE } from '../exit-code.js';
import { examples } from '../help-text.js';
import { numberOf } from '../number-option.js';
import { repeated } from '../repeated-option.js';
import { print, printJson } from '../terminal/output.js';
import { problemText } from './problem-text.js';
import { TaskServer, urlOption } from './task-server.js';

interface ActOptions {
  url: string;
  actor?: string;
  json?: boolean;
  reason?: string;
  retryLimit?: number;
  tag?: string[];
  priority?: number;
}

interface Verb {
  action: 'retry' | 'resolve' | 'pause' | 'resume' | 'cancel' | 'update';
  /** What is said of a task that it was done to. */
  done: string;
  description: string;
  example: Record<string, string>;
}

const VERBS: Verb[] = [
  {
    action: 'retry',
    done: 'is tried again',
    description: 'have the failed steps of tasks tried again; attempts made so far do not count',
    example: { "tasker task retry 0198c2… --reason 'the gateway is back' && tasker task watch 0198c2…": 'goes on' },
  },
  {
    action: 'resolve',
    done: 'is resolved',
    description: 'settle tasks in error by hand, with their steps',
    example: { "tasker task resolve 0198c2… --reason 'refunded by phone'": 'settles it' },
  },
  {
    action: 'pause',
    done: 'is paused',
    description: 'start nothing more of tasks until they are resumed; what runs ends as it would',
    example: { 'tasker task pause 0198c2… 0198c3…': 'holds both' },
  },
  {
    action: 'resume',
    done: 'goes on',
    description: 'let paused tasks go on',
    example: { 'tasker task resume 0198c2… 0198c3…': 'lets both go on' },
  },
  {
    action: 'cancel',
    done: 'is cancelled',
    description: 'cancel tasks with their unfinished steps; nothing is deleted',
    example: { "tasker task cancel 0198c2… --reason 'ordered twice'": 'cancels it' },
  },
  {
    action: 'update',
    done: 'is changed',
    description: 'give tasks other tags, another reason or another priority',
    example: { 'tasker task update 0198c2… --priority 50 --tag urgent': 'its tags are `urgent` and no other' },
  },
];

/** What operators do to tasks: one command each. */
export const actCommands = (): Command[] => VERBS.map(actCommand);

function actCommand({ action, done, description, example }: Verb): Command {
  const command = new Command(action)
    .description(description)
    .argument('<task-id...>', 'as `task create` and `task list` print them')
    .option('-r, --reason <text>', action === 'update' ? "the tasks' own" : 'why, for the audit trail');
  if (action === 'retry') command.option('--retry-limit <n>', 'attempts of each failed step from now on', numberOf);
  if (action === 'update') {
    command
      .option('-t, --tag <tag>', 'in place of the tags that there are; may be repeated', repeated)
      .option('-p, --priority <number>', '-100 to 100, higher first', numberOf);
  }
  return command
    .addOption(actorOption())
    .addOption(urlOption())
    .option('--json', 'for programs: the task, or of several the answers of the server')
    .addHelpText('after', examples(example))
    .action((taskIds: string[], options: ActOptions) => actOn(taskIds, action, done, options));
}

async function actOn(taskIds: string[], action: string, done: string, options: ActOptions): Promise<void> {
  const { reason, retryLimit, tag: tags, priority, actor, url, json } = options;
  const act = { action, reason, retry_limit: retryLimit, tags, priority };
  const answers = await new TaskServer(url).act(act, taskIds, actor);
  const refused = answers.flatMap(({ error }) => error ?? []);
  if (refused.length > 0) process.exitCode = EXIT_CODE.failed;
  for (const problem of refused) process.stderr.write(`${problemText(problem, null)}\n`);
  if (json) return printJson(answers.length > 1 ? answers : (answers[0]!.task ?? answers[0]));
  for (const { task } of answers) if (task) print(`${task.full_name} ${task.task_id} ${done}\n`);
}
