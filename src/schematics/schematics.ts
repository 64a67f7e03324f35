import { nearest } from '../core/suggest.js';
import type { ElementOptions } from './element.js';
import { generate } from './generation.js';
import { GenerationError } from './generation-error.js';
import { GENERATORS } from './generators.js';
import { schemaOf, type ElementKind, type OptionSchema } from './schema.js';
import { TreeProject, type Tree } from './tree-project.js';

/** What is used of what the devkit tells a schematic. */
interface Context {
  logger: { warn(message: string): void };
  engine?: { workflow?: object | null };
}

type Options = ElementOptions & { argv?: readonly unknown[] };

/** A schematic of the devkit. */
export type Schematic = (options: Options) => (tree: Tree, context: Context) => Promise<void>;

/** What `collection.json` names. */
export const stepHandler = schematic('step-handler');
export const authenticator = schematic('authenticator');
export const subscriber = schematic('subscriber');
export const task = schematic('task');

function schematic(kind: ElementKind): Schematic {
  return (options) => async (tree, context) => {
    checkOptions(kind, options, context);
    const force = options.force || isForced(context);
    const all = { ...options, ...surplus(kind, options), force };
    const { created, updated, notes } = await generate(GENERATORS[kind], all, new TreeProject(tree));
    for (const { path, text } of created) tree.create(path, text);
    for (const { path, text } of updated) tree.overwrite(path, text);
    for (const note of notes) context.logger.warn(note);
  };
}

/** A tool may pass options of its own to every schematic, but a misspelt one is the user's. */
function checkOptions(kind: ElementKind, options: Options, { logger }: Context): void {
  const { properties } = schemaOf(kind);
  for (const option of Object.keys(options).filter((name) => !Object.hasOwn(properties, name))) {
    const meant = nearest(option, Object.keys(properties));
    if (meant !== null) throw new GenerationError(`There is no option "${option}". Did you mean "${meant}"?`);
    logger.warn(`"${option}" is no option of ${kind}, and does nothing.`);
  }
}

/** Tools take one word for an option: those after it are left over, as arguments behind the name. */
function surplus(kind: ElementKind, options: Options): object {
  const { argv = [], name } = options;
  const words = argv.slice(argv[0] === name ? 1 : 0).map(String);
  if (words.length === 0) return {};
  const list = Object.entries(schemaOf(kind).properties).find(([, schema]) => isList(schema))?.[0];
  const given = list && (options as unknown as Record<string, unknown>)[list];
  if (!list || given === undefined)
    throw new GenerationError(`"${words.join(' ')}" is too much: only a name is expected.`);
  return { [list]: [given, words].flat() };
}

const isList = ({ type, visible = true }: OptionSchema): boolean => visible && [type].flat().includes('array');

/** `--force` of the tool, which it does not pass on. */
const isForced = ({ engine }: Context): boolean =>
  (engine?.workflow as { _force?: boolean } | null | undefined)?._force === true;
