import type { CompletedOption, Place } from './command-tree.js';

/** For fish 3 and newer. */
export function fishCompletion(places: readonly Place[]): string {
  const paths = places.slice(1).map(({ path }) => quoted(path));
  return `# fish completion of tasker: \`tasker completion fish > ~/.config/fish/completions/tasker.fish\`
function __tasker_at
    set -l command ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$command $word" ${paths.join(' ')}
            set command "$command $word"
        end
    end
    test "$command" = "$argv[1]"
end
${places.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, commands, options, choices }: Place): string[] {
  const at = `complete -c tasker -n ${quoted(`__tasker_at ${quoted(path)}`)}`;
  const words = [...commands, ...choices.map((name) => ({ name, description: '' }))];
  return [
    ...words.map(({ name, description }) => `${at} -f -a ${quoted(name)} -d ${quoted(description)}`),
    ...options.map((option) => `${at} ${optionText(option)}`),
  ];
}

function optionText({ flags, description, takesValue, choices }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takesValue ? ' -r' : '';
  return `${names.join(' ')}${value} -d ${quoted(description)}`;
}

/** Between single quotes fish knows two escapes. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
