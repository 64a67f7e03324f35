import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { loadTemplates } from '../../index.js';
import { EXIT_CODE } from '../exit-code.js';
import { examples } from '../help-text.js';
import { print, printJson } from '../terminal/output.js';
import { templateDiagram } from './template-diagram.js';
import { templateDetails, templateReport, templateSummary, templateTable } from './template-report.js';
import { readTemplate, readTemplates, type TemplateOptions } from './template-source.js';

interface ReadingOptions extends TemplateOptions {
  json?: boolean;
}

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
    .action((files: string[], { environment, json }: ReadingOptions) => {
      const sources = files.map((file) => resolve(file));
      const { templates, findings } = loadTemplates(sources, { environment, env: process.env });
      if (findings.length > 0) process.exitCode = EXIT_CODE.failed;
      if (json) return printJson({ valid: findings.length === 0, template_count: templates.length, findings });
      for (const { path, message } of findings) print(`${path}: ${message}\n`);
      if (findings.length === 0) print(`${templates.length} templates are valid\n`);
    });

const listCommand = (): Command =>
  new Command('list')
    .description('list templates')
    .argument('[files...]', FILES)
    .addOption(namespaceOption())
    .addOption(environmentOption())
    .option('--json', 'for programs')
    .addHelpText('after', examples({ 'tasker template list --namespace shop': 'those of one namespace' }))
    .action((files: string[], { json, ...options }: ReadingOptions) => {
      const templates = readTemplates(files, options);
      if (json) return printJson({ templates: templates.map(templateSummary) });
      print(templates.length > 0 ? templateTable(templates) : 'There are no templates where they were looked for\n');
    });

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
    .action((reference: string, files: string[], { json, ...options }: ReadingOptions) => {
      const template = readTemplate(reference, files, options);
      if (json) printJson(templateDetails(template));
      else print(templateReport(template));
    });

const diagramCommand = (): Command =>
  new Command('diagram')
    .description("print a template's graph as Mermaid")
    .argument('<template>', 'NAME, NAME@version, or a YAML file that holds one template')
    .argument('[files...]', FILES)
    .addOption(namespaceOption())
    .addOption(environmentOption())
    .addHelpText('after', examples({ 'tasker template diagram order > order.mmd': 'GitHub and many editors draw it' }))
    .action((reference: string, files: string[], options: TemplateOptions) => {
      print(templateDiagram(readTemplate(reference, files, options).template));
    });
