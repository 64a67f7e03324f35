import { shellQuoted, type Place } from './command-tree.js';

/** For bash 3.2 and newer, without the bash-completion package. */
export function bashCompletion(places: readonly Place[]): string {
  return `# bash completion of tasker: source it, or \`tasker completion bash > /etc/bash_completion.d/tasker\`
_tasker() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${places
        .slice(1)
        .map(({ path }) => shellQuoted(path))
        .join(' | ')}) path="$path $word" ;;
    esac
  done
  case "$path $before" in
${places.flatMap(valueCases).join('')}  esac
  case "$path" in
${places.map(wordCase).join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _tasker tasker
`;
}

/** After an option with a value come its choices, else files. */
const valueCases = ({ path, options }: Place): string[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map(({ flags, choices }) => {
      const words =
        choices.length > 0 ? `COMPREPLY=($(compgen -W ${shellQuoted(choices.join(' '))} -- "$current")); ` : '';
      return `    ${flags.map((flag) => shellQuoted(`${path} ${flag}`)).join(' | ')}) ${words}return ;;\n`;
    });

/** Options only once a dash is typed: files are wanted more often. */
function wordCase({ path, commands, options, choices }: Place): string {
  const names = [...commands.map(({ name }) => name), ...choices].join(' ');
  const flags = options.map(({ flags: all }) => all.at(-1)!).join(' ');
  return `    ${shellQuoted(path)}) case "$current" in -*) words=${shellQuoted(flags)} ;; *) words=${shellQuoted(names)} ;; esac ;;\n`;
}
