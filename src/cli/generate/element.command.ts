import { Command, Option } from 'commander';
import { schemaOf, type ElementKind, type OptionSchema } from '../../schematics/schema.js';
import { examples } from '../help-text.js';

type Options = Record<string, unknown> & { dryRun?: boolean };

/** `tasker generate step-handler`, and its like: the same as the schematic of that name. */
export function elementCommand(kind: ElementKind, exampleLines: Record<string, string>): Command {
  const { description, properties } = schemaOf(kind);
  const { name, path, ...options } = properties;
  const command = new Command(kind)
    .description(description)
    .argument('<name>', name!.description)
    .argument('[path]', path!.description)
    .addHelpText('after', examples(exampleLines))
    .action(async (given: string, folder: string | undefined, chosen: Options) => {
      await write(kind, { ...chosen, name: given, path: folder });
    });
  for (const [option, schema] of Object.entries(options)) {
    if (schema.visible !== false) command.addOption(optionOf(option, schema));
  }
  return command.option('-d, --dry-run', 'only say what would be written');
}

/** A flag that is on by default is turned off with `--no-…`. */
function optionOf(name: string, schema: OptionSchema): Option {
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const types = [schema.type].flat();
  if (types.includes('boolean')) {
    return schema.default === true
      ? new Option(`--no-${flag}`, `do not ${schema.description}`)
      : new Option(`--${flag}`, schema.description);
  }
  const option = new Option(`--${flag} <${types.includes('array') ? 'list...' : 'value'}>`, schema.description);
  if (schema.enum) option.choices(schema.enum);
  return schema.default === undefined ? option : option.default(schema.default);
}

async function write(kind: ElementKind, { dryRun, ...options }: Options): Promise<void> {
  const { writeElement } = await import('./write-element.js');
  await writeElement(kind, options as never, dryRun ?? false);
}
