/** @file Completion for zsh. */
import { firstWords, parentsOf, purposeOf, wordsAfter } from './words.js';
import type { CommandWords, OptionWords, Value } from './words.js';

/** The script. */
export function zshScript(commands: readonly CommandWords[]): string {
  const nested = parentsOf(commands);
  const first = firstWords(commands);
  return `#compdef slowfast
# zsh completion of slowfast; written by: slowfast completion zsh
${commands.map(commandFunction).join('\n')}
${nested.map((name) => nestedFunction(name, commands)).join('\n')}
_slowfast_help() { _arguments '1:command:(${[...first.keys()].join(' ')})' }
_slowfast() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '(- *)'{-h,--help}'[show this help]' '(- *)'{-V,--version}'[print the version]' \\
    '1: :->command' '*:: :->rest'
  case $state in
  command)
    local -a names
    names=(
${[...first].map(([name, text]) => `      ${quoted(`${name}:${text}`)}`).join('\n')}
    )
    _describe command names
    ;;
  rest)
    (( $+functions[_slowfast_$line[1]] )) && _slowfast_$line[1]
    ;;
  esac
}
if [ "$funcstack[1]" = "_slowfast" ]; then _slowfast "$@"; else compdef _slowfast slowfast; fi
`;
}

const functionName = (name: string): string => `_slowfast_${name.replaceAll(' ', '_')}`;

function commandFunction({ name, options, argument }: CommandWords): string {
  const lines = [...options.flatMap(optionSpecs), quoted(`*:argument:${completion(argument)}`)];
  return `${functionName(name)}() {\n  _arguments -s \\\n${lines.map((line) => `    ${line}`).join(' \\\n')}\n}`;
}

function nestedFunction(name: string, commands: readonly CommandWords[]): string {
  const names = wordsAfter(name, commands).map((word) =>
    quoted(`${word}:${purposeOf(`${name} ${word}`, commands)}`),
  );
  return `${functionName(name)}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '1: :->command' '*:: :->rest'
  case $state in
  command) local -a names; names=(${names.join(' ')}); _describe command names ;;
  rest) (( $+functions[${functionName(name)}_$line[1]] )) && ${functionName(name)}_$line[1] ;;
  esac
}`;
}

const optionSpecs = ({ long, short, description, value }: OptionWords): readonly string[] => {
  const text = description.replace(/[[\]:\\]/g, '\\$&');
  const rest = `[${text}]${value ? `:value:${completion(value)}` : ''}`;
  // `=` says that the value may also follow it in the same word.
  const names = [...(short ? [`-${short}`] : []), `--${long}${value ? '=' : ''}`];
  return names.map((name) => quoted(name + rest));
};

function completion({ words, paths }: Value): string {
  const files = paths === 'none' ? '' : paths === 'files' ? '_files' : '_files -/';
  if (words.length === 0) return files;
  const list = `(${words.join(' ')})`;
  return files ? `_alternative "w\\:value\\:${list}" "f\\:file\\:${files}"` : list;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
