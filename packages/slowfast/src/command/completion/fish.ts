/** @file Completion for fish. */
import type { CommandWords, OptionWords, Value } from './words.js';

/** The script. */
export function fishScript(commands: readonly CommandWords[]): string {
  const first = [...new Set(commands.map(({ name }) => name.split(' ')[0]!)), 'help'];
  return `# fish completion of slowfast; written by: slowfast completion fish
complete -c slowfast -f
complete -c slowfast -n __fish_use_subcommand -s V -l version -d 'print the version'
complete -c slowfast -n __fish_use_subcommand -s h -l help -d 'show this help'
${first.map((name) => firstLine(name, commands)).join('\n')}
${commands.map(commandLines).join('\n')}
`;
}

function firstLine(name: string, commands: readonly CommandWords[]): string {
  const text =
    commands.find((command) => command.name === name)?.description ??
    (name === 'help' ? 'show the help of a command' : 'look after lists of clips');
  return `complete -c slowfast -n __fish_use_subcommand -a ${name} -d ${quoted(text)}`;
}

function commandLines({ name, description, options, argument }: CommandWords): string {
  const [first, second] = name.split(' ');
  const seen = `__fish_seen_subcommand_from ${first}`;
  const within = second ? `${seen}; and __fish_seen_subcommand_from ${second}` : seen;
  const start = `complete -c slowfast -n ${quoted(within)}`;
  return [
    ...(second
      ? [
          `complete -c slowfast -n ${quoted(`${seen}; and not __fish_seen_subcommand_from ${second}`)} -a ${second} -d ${quoted(description)}`,
        ]
      : []),
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
