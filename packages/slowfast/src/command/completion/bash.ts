/** @file Completion for bash. */
import { firstWords, wordsAfter } from './words.js';
import type { CommandWords, OptionWords, Value } from './words.js';

/** The script; words hold letters, digits, dots, dashes and underscores alone. */
export function bashScript(commands: readonly CommandWords[]): string {
  const first = [...firstWords(commands).keys()];
  return `# bash completion of slowfast; written by: slowfast completion bash
_slowfast_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_slowfast_files() {
  compopt -o filenames 2> /dev/null
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"; compgen -f -- "$cur")
}
_slowfast_folders() {
  compopt -o filenames 2> /dev/null
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"; compgen -d -- "$cur")
}
_slowfast() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  # Bash makes three words of --option=value.
  if [[ "$cur" == = ]]; then cur=; fi
  if [[ "$previous" == = ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if (( COMP_CWORD == 1 )); then
    _slowfast_words '${[...first, '--help', '--version'].join(' ')}'
    return
  fi
  case "\${COMP_WORDS[1]}" in
${first
  .filter((name) => name !== 'help')
  .map((name) => firstCase(name, commands))
  .join('\n')}
  help) (( COMP_CWORD == 2 )) && _slowfast_words '${first.join(' ')}' ;;
  esac
}
complete -F _slowfast slowfast
`;
}

function firstCase(path: string, commands: readonly CommandWords[], depth = 1): string {
  const name = path.split(' ').at(-1)!;
  const own = commands.find((command) => command.name === path);
  if (own) return `  ${name})\n${body(own)}\n    ;;`;
  const names = wordsAfter(path, commands);
  return `  ${name})
    if (( COMP_CWORD == ${depth + 1} )); then _slowfast_words '${names.join(' ')}'; return; fi
    case "\${COMP_WORDS[${depth + 1}]}" in
${names.map((next) => firstCase(`${path} ${next}`, commands, depth + 1)).join('\n')}
    esac
    ;;`;
}

function body({ options, argument }: CommandWords): string {
  const withValue = options.filter(({ value }) => value !== undefined);
  const cases = withValue.map(
    (option) => `    ${namesOf(option).join('|')}) ${completion(option.value!)}; return ;;`,
  );
  return `    case "$previous" in
${cases.join('\n')}
    esac
    if [[ "$cur" == -* ]]; then
      _slowfast_words '${options.map(({ long }) => `--${long}`).join(' ')}'
    else
      ${completion(argument)}
    fi`;
}

const namesOf = ({ long, short }: OptionWords): readonly string[] => [
  ...(short ? [`-${short}`] : []),
  `--${long}`,
];

function completion({ words, paths }: Value): string {
  const list = `'${words.join(' ')}'`;
  if (paths === 'none') return `_slowfast_words ${list}`;
  return paths === 'files' ? `_slowfast_files ${list}` : `_slowfast_folders ${list}`;
}
