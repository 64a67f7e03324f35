import { shellQuoted, type CompletedOption, type Place } from './command-tree.js';

/** For zsh with compinit. */
export function zshCompletion(places: readonly Place[]): string {
  return `#compdef tasker
# zsh completion of tasker: \`tasker completion zsh > "\${fpath[1]}/_tasker"\`, or source it after compinit
_tasker() {
  local command="" word
  local -a commands options
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$command $word" in
      ${places
        .slice(1)
        .map(({ path }) => shellQuoted(path))
        .join('|')}) command="$command $word" ;;
    esac
  done
  case "$command \${words[CURRENT-1]}" in
${places.flatMap(valueCases).join('')}  esac
  case "$command" in
${places.map(placeCase).join('')}  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe -o option options
  elif (( \${#commands} )); then
    _describe command commands
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == _tasker ]]; then _tasker "$@"; else compdef _tasker tasker; fi
`;
}

const valueCases = ({ path, options }: Place): string[] =>
  options
    .filter(({ takesValue }) => takesValue)
    .map(({ flags, choices }) => {
      const what = choices.length > 0 ? `compadd -- ${choices.map(shellQuoted).join(' ')}` : '_files';
      return `    ${flags.map((flag) => shellQuoted(`${path} ${flag}`)).join('|')}) ${what}; return ;;\n`;
    });

function placeCase({ path, commands, options, choices }: Place): string {
  const words = [...commands.map(({ name, description }) => described(name, description)), ...choices.map(shellQuoted)];
  return `    ${shellQuoted(path)})
      commands=(${words.join(' ')})
      options=(${options.map(optionWord).join(' ')}) ;;
`;
}

const optionWord = ({ flags, description }: CompletedOption): string => described(flags.at(-1)!, description);

/** \`_describe\` takes a colon for the end of the word. */
const described = (name: string, description: string): string =>
  shellQuoted(`${name}:${description.replaceAll(':', '\\:')}`);
