import { Command } from 'commander';
import { actCommands } from './act.command.js';
import { createCommand } from './create.command.js';
import { listCommand } from './list.command.js';
import { showCommand } from './show.command.js';
import { watchCommand } from './watch.command.js';

/** Commands on the tasks of a running server. */
export function taskCommand(): Command {
  const command = new Command('task').description('create, find, watch, repair and cancel tasks of a running server');
  for (const each of [createCommand(), listCommand(), showCommand(), watchCommand(), ...actCommands()]) {
    command.addCommand(each);
  }
  return command;
}
