import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { CommandFailure } from '../command-failure.js';
import { examples } from '../help-text.js';
import { environmentOption } from '../template/template.command.js';
import { readTemplates } from '../template/template-source.js';
import { print } from '../terminal/output.js';
import { templateTypes } from './template-types.js';

interface TypesOptions {
  out?: string;
  check?: boolean;
  environment: string;
}

/** Commands that write code. */
export const generateCommand = (): Command =>
  new Command('generate').description('write code from task templates').addCommand(typesCommand());

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
    .action((files: string[], { out, check, environment }: TypesOptions) => {
      const templates = readTemplates(files, { environment });
      const text = templateTypes(templates);
      if (out === undefined) {
        if (check) throw new CommandFailure('--check needs --out: the file to compare with.');
        return print(text);
      }
      const path = resolve(out);
      const upToDate = existsSync(path) && readFileSync(path, 'utf8') === text;
      if (check && !upToDate) throw new CommandFailure(`${out} is not up to date: run the same without --check.`);
      if (!upToDate) {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
      print(`${out} ${upToDate ? 'is up to date' : 'is written'}: types of ${templates.length} templates\n`);
    });
