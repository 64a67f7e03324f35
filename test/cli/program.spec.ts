import { execFileSync } from 'node:child_process';
import type { Command } from 'commander';
import { bashCompletion } from '../../src/cli/completion/bash-completion.js';
import { placesOf } from '../../src/cli/completion/command-tree.js';
import { fishCompletion } from '../../src/cli/completion/fish-completion.js';
import { zshCompletion } from '../../src/cli/completion/zsh-completion.js';
import { taskerProgram } from '../../src/cli/program.js';

/** Runs it in this process. @returns what it printed */
async function told(...args: string[]): Promise<string> {
  let text = '';
  const program = taskerProgram();
  for (const command of everyCommand(program)) {
    const keep = (more: string): void => void (text += more);
    command.exitOverride().configureOutput({ writeOut: keep, writeErr: keep });
  }
  await program.parseAsync(args, { from: 'user' }).catch(() => undefined);
  return text;
}

const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];
const places = placesOf(taskerProgram());

describe('help', () => {
  const leaves = places.filter(({ path, commands }) => path !== '' && commands.length === 0).map(({ path }) => path);

  it.each(['', ...leaves])('of "tasker%s" has examples', async (path) => {
    const help = await told(...path.split(' ').filter(Boolean), '--help');
    expect(help).toContain('\nExamples:\n  $ ');
  });

  it('documents the exit codes, again where a task decides them', async () => {
    expect(await told('--help')).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 /);
    for (const command of ['watch', 'create']) expect(await told('task', command, '--help')).toContain('Exit codes: 0');
  });

  it.each([
    [['tsk'], '(Did you mean task?)'],
    [['task', 'list', '--statsu', 'error'], '(Did you mean --status?)'],
    [['task', 'list', '--status', 'done'], 'Allowed choices are pending, in_progress'],
    [['task', 'create', 'order', '-c', '{}'], "required option '-i, --initiator <who>'"],
    [['task', 'create', 'order', '--priority', 'much'], 'Write a number.'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
  ])('tells what was wrong with %j', async (args, message) => {
    expect(await told(...args)).toContain(message);
  });
});

describe('completion', () => {
  it.each([
    ['tasker te', 'template'],
    ['tasker task ', 'create list show explain watch retry resolve pause resume cancel update'],
    ['tasker step ', 'retry resolve complete skip cancel update'],
    ['tasker step complete 0198 charge --', '--reason --results --actor --url --json --help'],
    ['tasker task list --status c', 'complete cancelled'],
    ['tasker task show 0198 --tr', '--transitions'],
    ['tasker task create order --context ', ''],
    ['tasker completion ', 'bash zsh fish'],
  ])('completes "%s" in bash', (line, words) => {
    const ask = `
IFS=' ' read -r -a COMP_WORDS <<< "$LINE"; [[ "$LINE" == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _tasker; echo "\${COMPREPLY[*]}"`;
    const env = { ...process.env, LINE: line };
    expect(execFileSync('bash', ['-c', bashCompletion(places) + ask], { env, encoding: 'utf8' }).trim()).toBe(words);
  });

  it.each(Object.entries({ bashCompletion, zshCompletion, fishCompletion }))(
    'of every command is in %s',
    (_, script) => {
      const text = script(places);
      for (const { path } of places.slice(1)) expect(text).toContain(`'${path}'`);
    },
  );
});
