import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { completionCommand } from './completion/completion.command.js';
import { configCommand } from './config.command.js';
import { generateCommand } from './generate/generate.command.js';
import { EXIT_CODES, examples } from './help-text.js';
import { keysCommand } from './keys/keys.command.js';
import { migrateCommand } from './migrate.command.js';
import { serveCommand, workCommand } from './server.command.js';
import { stepCommand } from './step/step.command.js';
import { taskCommand } from './task/task.command.js';
import { templateCommand } from './template/template.command.js';

/**
 * The command `tasker` with everything under it. Only what a command needs is loaded, once it runs: help, completion
 * and the commands that ask a server answer in a fraction of the time that the engine takes to load.
 */
export function taskerProgram(): Command {
  const program = new Command('tasker')
    .description('Workflow orchestration on PostgreSQL')
    .version(release())
    // so that `task create --version 1.0.0` is the template's version
    .enablePositionalOptions()
    .addHelpText(
      'after',
      examples({
        'tasker serve': 'starts API and worker, as the settings say',
        'tasker template validate config/tasker/tasks': 'finds every mistake without a server',
        'tasker task create order --context \'{"cart_id":1}\' --initiator me --reason trial --source-system shell --wait':
          'runs a task and shows how it goes',
        'tasker task list --status error --json': 'answers programs',
      }) + `\n${EXIT_CODES}`,
    );
  for (const command of [
    serveCommand(),
    workCommand(),
    migrateCommand(),
    configCommand(),
    templateCommand(),
    taskCommand(),
    stepCommand(),
    keysCommand(),
    generateCommand(),
    completionCommand(() => program),
  ]) {
    program.addCommand(command);
  }
  return program;
}

function release(): string {
  const manifest = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
