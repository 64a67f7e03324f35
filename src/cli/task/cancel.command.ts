import { Command } from 'commander';
import { examples } from '../help-text.js';
import { print, printJson } from '../terminal/output.js';
import { TaskServer, urlOption } from './task-server.js';

interface CancelOptions {
  url: string;
  reason?: string;
  json?: boolean;
}

export const cancelCommand = (): Command =>
  new Command('cancel')
    .description('cancel a task with its unfinished steps; nothing is deleted')
    .argument('<task-id>', 'as `task create` and `task list` print it')
    .option('-r, --reason <text>', 'kept in its audit trail')
    .addOption(urlOption())
    .option('--json', 'answer the task, for programs')
    .addHelpText('after', examples({ "tasker task cancel 0198c2… --reason 'ordered twice'": 'cancels it' }))
    .action(async (taskId: string, { url, reason, json }: CancelOptions) => {
      const task = await new TaskServer(url).cancel(taskId, reason);
      if (json) printJson(task);
      else print(`${task.full_name} ${task.task_id} is cancelled\n`);
    });
