/** @file What completes in a command, whatever the shell. */
import { COMMANDS, PARENTS } from '../commands.js';
import {
  longName,
  optionsOf,
  shortName,
  takesValue,
  type CommandDeclaration,
  type OptionDeclaration,
} from '../declaration.js';

/** What a value can be: words, files, folders, or nothing that is known. */
export interface Value {
  readonly words: readonly string[];
  readonly paths: 'files' | 'folders' | 'none';
}

/** An option with what completes after it. */
export interface OptionWords {
  readonly long: string;
  readonly short: string | undefined;
  readonly description: string;
  /** `undefined` where it takes no value. */
  readonly value: Value | undefined;
}

/** A command with what completes in it. */
export interface CommandWords {
  /** `data check`. */
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionWords[];
  readonly argument: Value;
}

/** All commands; `models` are the names in the catalog. */
export const commandWords = (models: readonly string[]): readonly CommandWords[] =>
  COMMANDS.map((command) => ({
    name: command.name,
    description: command.description,
    options: [...optionsOf(command).map((option) => optionWords(option, models)), HELP],
    argument: argumentValue(command, models),
  }));

/** The words that may come after those of commands that have commands: of `queue`, `add`, `work`, … */
export const wordsAfter = (path: string, commands: readonly CommandWords[]): readonly string[] => {
  const start = `${path} `;
  const within = commands.filter(({ name }) => name.startsWith(start));
  return [...new Set(within.map(({ name }) => name.slice(start.length).split(' ')[0]!))];
};

/** What a word of a command is for: the command's description, or that of the commands below it. */
export const purposeOf = (path: string, commands: readonly CommandWords[]): string =>
  commands.find(({ name }) => name === path)?.description ?? PARENTS[path]!;

/** The words that a command line may begin with, and what each is for. */
export const firstWords = (commands: readonly CommandWords[]): ReadonlyMap<string, string> =>
  new Map([
    ...commands.map(({ name }) => {
      const first = name.split(' ')[0]!;
      return [first, purposeOf(first, commands)] as const;
    }),
    ['help', 'show the help of a command'],
  ]);

/** Commands of commands: `queue`, `queue add`. */
export const parentsOf = (commands: readonly CommandWords[]): readonly string[] => [
  ...new Set(
    commands.flatMap(({ name }) => {
      const words = name.split(' ');
      return words.slice(1).map((_, depth) => words.slice(0, depth + 1).join(' '));
    }),
  ),
];

const HELP: OptionWords = {
  long: 'help',
  short: 'h',
  description: 'show this help',
  value: undefined,
};

const optionWords = (option: OptionDeclaration, models: readonly string[]): OptionWords => ({
  long: longName(option),
  short: shortName(option),
  description: option.description,
  value: takesValue(option) ? valueOf(option, models) : undefined,
});

function argumentValue({ args }: CommandDeclaration, models: readonly string[]): Value {
  return args[0] ? valueOf(args[0], models) : { words: [], paths: 'none' };
}

function valueOf(
  { choices = [], names }: Pick<OptionDeclaration, 'choices' | 'names'>,
  models: readonly string[],
): Value {
  const words = names === 'model' ? models : choices;
  if (names === undefined) return { words, paths: 'none' };
  return { words, paths: names === 'folder' ? 'folders' : 'files' };
}
