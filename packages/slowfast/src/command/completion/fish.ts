/** @file Completion for fish. */
import { firstWords, parentsOf, purposeOf, wordsAfter } from './words.js';
import type { CommandWords, OptionWords, Value } from './words.js';

/** The script. */
export function fishScript(commands: readonly CommandWords[]): string {
  const first = firstWords(commands);
  return `# fish completion of slowfast; written by: slowfast completion fish
function __slowfast_within
  set -l words (commandline -opc)
  set -l last (math 1 + (count $argv))
  test (count $argv) -eq 0; or test "$words[2..$last]" = "$argv"
end
function __slowfast_after
  test (count (commandline -opc)) -eq (math 1 + (count $argv)); and __slowfast_within $argv
end
complete -c slowfast -f
complete -c slowfast -n __slowfast_after -s V -l version -d 'print the version'
complete -c slowfast -n __slowfast_after -s h -l help -d 'show this help'
${[...first].map(([name, text]) => `complete -c slowfast -n __slowfast_after -a ${name} -d ${quoted(text)}`).join('\n')}
complete -c slowfast -n '__slowfast_after help' -a '${[...first.keys()].join(' ')}'
${parentsOf(commands)
  .map((path) => parentLines(path, commands))
  .join('\n')}
${commands.map(commandLines).join('\n')}
`;
}

function parentLines(path: string, commands: readonly CommandWords[]): string {
  const start = `complete -c slowfast -n ${quoted(`__slowfast_after ${path}`)}`;
  return wordsAfter(path, commands)
    .map((word) => `${start} -a ${word} -d ${quoted(purposeOf(`${path} ${word}`, commands))}`)
    .join('\n');
}

function commandLines({ name, options, argument }: CommandWords): string {
  const start = `complete -c slowfast -n ${quoted(`__slowfast_within ${name}`)}`;
  return [
    ...options.map((option) => `${start} ${optionText(option)}`),
    ...valueLines(argument).map((line) => `${start} ${line}`),
  ].join('\n');
}

function optionText({ long, short, description, value }: OptionWords): string {
  const names = `${short ? `-s ${short} ` : ''}-l ${long} -d ${quoted(description)}`;
  if (!value) return names;
  const words = value.words.length > 0 ? ` -a ${quoted(value.words.join(' '))}` : '';
  if (value.paths === 'folders') return `${names} -x -a ${quoted('(__fish_complete_directories)')}`;
  return `${names} ${value.paths === 'files' ? '-r -F' : '-x'}${words}`;
}

function valueLines({ words, paths }: Value): readonly string[] {
  return [
    ...(words.length > 0 ? [`-a ${quoted(words.join(' '))}`] : []),
    ...(paths === 'none' ? [] : ['-F']),
  ];
}

const quoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
