import { Command } from 'commander';
import { examples } from '../help-text.js';
import { print, printJson } from '../terminal/output.js';
import { taskReport } from './task-report.js';
import { TaskServer, urlOption } from './task-server.js';

interface ShowOptions {
  url: string;
  steps?: boolean;
  attempts?: boolean;
  transitions?: boolean;
  json?: boolean;
}

const PARTS = ['steps', 'attempts', 'transitions'] as const;

export const showCommand = (): Command =>
  new Command('show')
    .description('show a task')
    .argument('<task-id>', 'as `task create` and `task list` print it')
    .option('--steps', 'with its steps')
    .option('--attempts', 'with every attempt of every step')
    .option('--transitions', 'with its audit trail')
    .addOption(urlOption())
    .option('--json', 'for programs: as the server answers it')
    .addHelpText('after', examples({ 'tasker task show 0198c2… --attempts': 'why a step failed, attempt by attempt' }))
    .action(async (taskId: string, options: ShowOptions) => {
      const include = PARTS.filter((part) => options[part]);
      const task = await new TaskServer(options.url).show(taskId, include);
      if (options.json) printJson(task);
      else print(taskReport(task));
    });
