import { isPlainObject } from '../core/json.js';
import { didYouMean } from '../core/suggest.js';
import { ConfigSchema } from './config-schema.js';
import { ISOLATIONS, type StepHandlerOptions } from './step-handler.decorator.js';

const OPTIONS = [
  'name',
  'aliases',
  'configSchema',
  'dependentSystem',
  'isolation',
  'module',
] as const satisfies (keyof StepHandlerOptions)[];
const NAME = /^[A-Za-z0-9_./:$-]{1,255}$/;

/** Everything that is wrong with what a handler says of itself, by the option that it concerns. */
export function optionProblems(options: Partial<Record<(typeof OPTIONS)[number], unknown>>): string[] {
  const { name, aliases = [], configSchema, dependentSystem, isolation = 'none', module } = options;
  const problems = Object.keys(options)
    .filter((key) => !(OPTIONS as readonly string[]).includes(key))
    .map((key) => `has no option "${key}".${didYouMean(key, OPTIONS)}`);
  const mustBe = (isRight: boolean, message: string): void => void (isRight || problems.push(message));
  mustBe(isName(name), `name must be 1 to 255 letters, digits and _ - . / : $, but is ${JSON.stringify(name)}.`);
  mustBe(Array.isArray(aliases) && aliases.every(isName), 'aliases must be a list of names.');
  mustBe(dependentSystem === undefined || isText(dependentSystem), 'dependentSystem must be a text that is not empty.');
  mustBe(ISOLATIONS.includes(isolation as 'none'), `isolation must be one of ${ISOLATIONS.join(', ')}.`);
  mustBe(module === undefined || isText(module), 'module must be the path of a file: write module: __filename.');
  mustBe(module === undefined || isolation === 'thread', "module is for isolation: 'thread' alone: remove it.");
  if (configSchema !== undefined) problems.push(...schemaProblems(configSchema));
  return problems;
}

function schemaProblems(schema: unknown): string[] {
  if (!isPlainObject(schema)) return ['configSchema must be a JSON Schema, an object.'];
  try {
    new ConfigSchema(schema as never);
    return [];
  } catch (error) {
    return [`configSchema cannot be used: ${(error as Error).message}`];
  }
}

const isName = (value: unknown): boolean => typeof value === 'string' && NAME.test(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
