import { Command, Option } from 'commander';
import { examples } from '../help-text.js';
import type { ReadingOptions } from './template-actions.js';

// what reads templates takes longer to load than all the rest
const actions = () => import('./template-actions.js');

/** Commands on template files; none needs a server or a database. */
export const templateCommand = (): Command =>
  new Command('template')
    .description('work on task templates')
    .addCommand(validateCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(diagramCommand());

/** Which of the templates' `environments` is laid over their base. */
export const environmentOption = (): Option =>
  new Option('-e, --environment <name>', 'the environment to read them for').default(
    process.env.TASKER_ENV || process.env.NODE_ENV || 'development',
  );

const namespaceOption = (): Option => new Option('-n, --namespace <name>', 'only templates of this namespace');
const FILES = 'YAML files, or folders of them; those of the settings if none are given';

const validateCommand = (): Command =>
  new Command('validate')
    .description('check templates as the server would, but for their handlers; exit 1 on a finding')
    .argument('<files...>', 'YAML files, or folders of them')
    .addOption(environmentOption())
    .option('--json', 'for programs')
    .addHelpText('after', examples({ 'tasker template validate config/tasker/tasks': 'names file, line and column' }))
    .action(async (files: string[], options: ReadingOptions) => (await actions()).validate(files, options));

const listCommand = (): Command =>
  new Command('list')
    .description('list templates')
    .argument('[files...]', FILES)
    .addOption(namespaceOption())
    .addOption(environmentOption())
    .option('--json', 'for programs')
    .addHelpText('after', examples({ 'tasker template list --namespace shop': 'those of one namespace' }))
    .action(async (files: string[], options: ReadingOptions) => (await actions()).list(files, options));

const showCommand = (): Command =>
  new Command('show')
    .description('show a template and its steps')
    .argument('<template>', 'NAME, NAME@version, or a YAML file that holds one template')
    .argument('[files...]', FILES)
    .addOption(namespaceOption())
    .addOption(environmentOption())
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      examples({
        'tasker template show order@1.0.0': 'that version; without one, the highest',
        'tasker template show shop/order.yaml -e production': 'as production has it',
      }),
    )
    .action(async (name: string, files: string[], options: ReadingOptions) =>
      (await actions()).show(name, files, options),
    );

const diagramCommand = (): Command =>
  new Command('diagram')
    .description("print a template's graph as Mermaid")
    .argument('<template>', 'NAME, NAME@version, or a YAML file that holds one template')
    .argument('[files...]', FILES)
    .addOption(namespaceOption())
    .addOption(environmentOption())
    .addHelpText('after', examples({ 'tasker template diagram order > order.mmd': 'GitHub and many editors draw it' }))
    .action(async (name: string, files: string[], options: ReadingOptions) =>
      (await actions()).diagram(name, files, options),
    );
