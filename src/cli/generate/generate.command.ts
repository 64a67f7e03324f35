import { Command } from 'commander';
import { examples } from '../help-text.js';
import { environmentOption } from '../template/template.command.js';
import { elementCommand } from './element.command.js';
import type { TypesOptions } from './types-file.js';

/** Commands that write code. */
export const generateCommand = (): Command =>
  new Command('generate')
    .description('write code: step handlers, tasks, subscribers, authenticators, and the types of templates')
    .addCommand(
      elementCommand('step-handler', {
        'tasker generate step-handler payments/charge-card':
          'writes src/payments/charge-card/charge-card.step-handler.ts',
        'tasker generate step-handler fetch-cart --type api --dependent-system shop':
          'a handler that makes an HTTP call',
      }),
    )
    .addCommand(
      elementCommand('task', {
        'tasker generate task order --steps add_up charge ship': 'three steps, one after the other',
        "tasker generate task order --steps 'a b(a) c(a) d(b,c)'": 'b and c at the same time, then d',
      }),
    )
    .addCommand(
      elementCommand('subscriber', {
        'tasker generate subscriber notification --events task.completed task.failed step.failed':
          'a class with a method for each',
      }),
    )
    .addCommand(
      elementCommand('authenticator', {
        'tasker generate authenticator auth/staff --type jwt': 'tokens of an issuer whose roles mean permissions',
        'tasker generate authenticator auth/sessions': 'callers by sessions of your own',
      }),
    )
    .addCommand(typesCommand());

const USE = `
A handler says which step of which template it is for; a wrong name does not compile:

  import type { StepContextOf, Templates } from './tasker-types.js';

  declare module './tasker-types.js' {
    interface OrderResults {            // what the steps of "order" leave
      add_up: { total: number };
    }
  }

  async process({ sequence }: StepContextOf<Templates['order'], 'ship'>) {
    const { total } = sequence.results('add_up');
  }`;

const typesCommand = (): Command =>
  new Command('types')
    .description("write TypeScript types of templates: their contexts, steps, and each step's ancestors")
    .argument('[files...]', 'YAML files, or folders of them; those of the settings if none are given')
    .option('-o, --out <file>', 'where to; the standard output if not given')
    .option('--check', 'write nothing; exit 1 if the file is not up to date')
    .addOption(environmentOption())
    .addHelpText(
      'after',
      `${examples({
        'tasker generate types config/tasker/tasks --out src/tasker-types.ts': 'once, and after each change',
        'tasker generate types --out src/tasker-types.ts --check': 'in CI',
      })}\n${USE}`,
    )
    .action(async (files: string[], options: TypesOptions) => {
      // what reads templates takes longer to load than all the rest
      const { writeTypes } = await import('./types-file.js');
      writeTypes(files, options);
    });
