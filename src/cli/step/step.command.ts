import { Command } from 'commander';
import { actorOption } from '../actor-option.js';
import { examples } from '../help-text.js';
import { jsonOf } from '../json-argument.js';
import { numberOf } from '../number-option.js';
import { TaskServer, urlOption } from '../task/task-server.js';
import { print, printJson } from '../terminal/output.js';

interface StepOptions {
  url: string;
  actor?: string;
  json?: boolean;
  reason?: string;
  retryLimit?: number;
  inputs?: string;
  results?: string;
}

interface Verb {
  action: 'retry' | 'resolve' | 'complete' | 'skip' | 'cancel' | 'update';
  description: string;
  /** Whether it takes `--results`, or must have them. */
  results?: 'may' | 'must';
  /** Whether it takes `--retry-limit` and `--inputs`. */
  values?: true;
  example: Record<string, string>;
}

const VERBS: Verb[] = [
  {
    action: 'retry',
    description: 'have a step tried again: one that failed, or at once one that waits for its retry',
    values: true,
    example: { "tasker step retry 0198c2… charge --reason 'the gateway is back'": 'its task goes on' },
  },
  {
    action: 'resolve',
    description: 'settle a failed step as resolved by hand; what depends on it goes on',
    results: 'may',
    example: { "tasker step resolve 0198c2… charge -r 'paid in cash' --results '{\"paid\":12.5}'": 'with results' },
  },
  {
    action: 'complete',
    description: 'complete a step that failed or runs, with its results',
    results: 'must',
    example: { "tasker step complete 0198c2… charge -r 'charged by phone' --results @charge.json": 'from a file' },
  },
  {
    action: 'skip',
    description: 'pass over a step; what depends on it goes on',
    example: { "tasker step skip 0198c2… notify -r 'no address'": 'its dependents start' },
  },
  {
    action: 'cancel',
    description: 'cancel a step, and all that depends on it',
    example: { "tasker step cancel 0198c2… ship --reason 'sold out'": 'its task settles if nothing else is left' },
  },
  {
    action: 'update',
    description: 'give a step another retry limit or other inputs, for its attempts from now on',
    values: true,
    example: { "tasker step update 0198c2… charge -r 'flaky today' --retry-limit 10": 'nothing else happens' },
  },
];

/** What operators do to steps of a running server. */
export function stepCommand(): Command {
  const command = new Command('step').description(
    'retry, resolve, complete, skip and cancel steps of a running server',
  );
  for (const verb of VERBS) command.addCommand(actCommand(verb));
  return command;
}

function actCommand({ action, description, results, values, example }: Verb): Command {
  const command = new Command(action)
    .description(description)
    .argument('<task-id>', 'as `task create` and `task list` print it')
    .argument('<step>', "the step's name, or its id");
  if (action === 'cancel') command.option('-r, --reason <text>', 'why, for the audit trail');
  else command.requiredOption('-r, --reason <text>', 'why, for the audit trail');
  if (results === 'must') command.requiredOption('--results <json>', RESULTS);
  if (results === 'may') command.option('--results <json>', RESULTS);
  if (values) {
    command
      .option('--retry-limit <n>', 'attempts that it gets from now on', numberOf)
      .option('--inputs <json>', 'what its handler is given from now on: JSON, @FILE, or @- for the standard input');
  }
  return command
    .addOption(actorOption())
    .addOption(urlOption())
    .option('--json', 'for programs: the step, as the server answers it')
    .addHelpText('after', examples(example))
    .action((taskId: string, step: string, options: StepOptions) => actOn(taskId, step, action, options));
}

const RESULTS = 'what the steps after it see: JSON, @FILE, or @- for the standard input';

async function actOn(taskId: string, name: string, action: Verb['action'], options: StepOptions): Promise<void> {
  const { url, actor, reason, json } = options;
  const server = new TaskServer(url);
  const step = await (action === 'cancel'
    ? server.cancelStep(reason, taskId, name, actor)
    : server.actOnStep(actOf(action, options), taskId, name, actor));
  if (json) printJson(step);
  else print(`${step.name} is ${step.status}\n`);
}

const actOf = (action: Verb['action'], { reason, retryLimit, inputs, results }: StepOptions): object => ({
  // without one, the server changes what it is given
  action: action === 'update' ? undefined : action,
  reason,
  retry_limit: retryLimit,
  inputs: inputs === undefined ? undefined : jsonOf('--inputs', inputs),
  results: results === undefined ? undefined : jsonOf('--results', results),
});
