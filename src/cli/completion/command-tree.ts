import type { Argument, Command, Option } from 'commander';

/** A command as a shell completes it. */
export interface Place {
  /** Words that lead to it, each with a space before it: `` for the program itself, ` task list`. */
  path: string;
  description: string;
  commands: { name: string; description: string }[];
  options: CompletedOption[];
  /** Words that its first argument may be. */
  choices: readonly string[];
}

export interface CompletedOption {
  /** `-s` and `--status`, or one of them. */
  flags: string[];
  description: string;
  takesValue: boolean;
  choices: readonly string[];
}

/** Every command of the program, the program itself first. */
export function placesOf(command: Command, path = ''): Place[] {
  const commands = command.commands.map((each) => ({ name: each.name(), description: each.description() }));
  const [first] = command.registeredArguments as readonly (Argument | undefined)[];
  const options = [...command.options.map(optionOf), HELP];
  const own = { path, description: command.description(), commands, options, choices: first?.argChoices ?? [] };
  return [own, ...command.commands.flatMap((each) => placesOf(each, `${path} ${each.name()}`))];
}

const HELP: CompletedOption = {
  flags: ['-h', '--help'],
  description: 'display help for command',
  takesValue: false,
  choices: [],
};

const optionOf = ({ short, long, description, required, optional, argChoices }: Option): CompletedOption => ({
  flags: [short, long].filter((flag) => flag !== undefined),
  description,
  takesValue: required || optional,
  choices: argChoices ?? [],
});

/** Text between single quotes of a shell that knows no escape there. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
