/** @file Completion for fish. */
import { parentsOf, purposeOf, wordsAfter } from './words.js';
import type { CommandWords, OptionWords, Value } from './words.js';

/** The script. */
export function fishScript(commands: readonly CommandWords[]): string {
  const first = [...new Set(commands.map(({ name }) => name.split(' ')[0]!)), 'help'];
  return `# fish completion of slowfast; written by: slowfast completion fish
complete -c slowfast -f
complete -c slowfast -n __fish_use_subcommand -s V -l version -d 'print the version'
complete -c slowfast -n __fish_use_subcommand -s h -l help -d 'show this help'
${first.map((name) => firstLine(name, commands)).join('\n')}
${parentsOf(commands)
  .map((path) => parentLines(path, commands))
  .join('\n')}
${commands.map(commandLines).join('\n')}
`;
}

function firstLine(name: string, commands: readonly CommandWords[]): string {
  const text = name === 'help' ? 'show the help of a command' : purposeOf(name, commands);
  return `complete -c slowfast -n __fish_use_subcommand -a ${name} -d ${quoted(text)}`;
}

/** After all words of a path; fish asks whether each was seen. */
const after = (path: string): string =>
  path
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ');

function parentLines(path: string, commands: readonly CommandWords[]): string {
  const words = wordsAfter(path, commands);
  const condition = quoted(
    `${after(path)}; and not __fish_seen_subcommand_from ${words.join(' ')}`,
  );
  return words
    .map((word) => {
      const text = quoted(purposeOf(`${path} ${word}`, commands));
      return `complete -c slowfast -n ${condition} -a ${word} -d ${text}`;
    })
    .join('\n');
}

function commandLines({ name, options, argument }: CommandWords): string {
  const start = `complete -c slowfast -n ${quoted(after(name))}`;
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
