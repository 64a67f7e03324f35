import { Argument, Command } from 'commander';
import { examples } from '../help-text.js';
import { print } from '../terminal/output.js';
import { bashCompletion } from './bash-completion.js';
import { placesOf, type Place } from './command-tree.js';
import { fishCompletion } from './fish-completion.js';
import { zshCompletion } from './zsh-completion.js';

const SHELLS: Record<string, (places: readonly Place[]) => string> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** @param program - asked when all its commands are there: the script is written from them */
export const completionCommand = (program: () => Command): Command =>
  new Command('completion')
    .description('print a script that lets a shell complete commands and options')
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      examples({
        'source <(tasker completion bash)': 'in ~/.bashrc',
        'tasker completion zsh > "${fpath[1]}/_tasker"': 'once',
        'tasker completion fish > ~/.config/fish/completions/tasker.fish': 'once',
      }),
    )
    .action((shell: string) => print(SHELLS[shell]!(placesOf(program()))));
