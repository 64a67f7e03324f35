import { Command } from 'commander';
import { cancelCommand } from './cancel.command.js';
import { createCommand } from './create.command.js';
import { listCommand } from './list.command.js';
import { showCommand } from './show.command.js';
import { watchCommand } from './watch.command.js';

/** Commands on the tasks of a running server. */
export const taskCommand = (): Command =>
  new Command('task')
    .description('create, find, watch and cancel tasks of a running server')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(watchCommand())
    .addCommand(cancelCommand());
