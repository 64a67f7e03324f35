import { Command } from 'commander';
import { actCommands } from './act.command.js';
import { createCommand } from './create.command.js';
import { explainCommand } from './explain.command.js';
import { listCommand } from './list.command.js';
import { showCommand } from './show.command.js';
import { watchCommand } from './watch.command.js';

/** Commands on the tasks of a running server. */
export function taskCommand(): Command {
  const command = new Command('task').description(
    'create, find, watch, explain, repair and cancel tasks of a running server',
  );
  const looks = [listCommand(), showCommand(), explainCommand(), watchCommand()];
  for (const each of [createCommand(), ...looks, ...actCommands()]) {
    command.addCommand(each);
  }
  return command;
}
