/**
 * @file What a command is, as data: its help, its parser, its completions and the keys of the file of defaults are all
 * made from it. Declarations import nothing heavy; what a command does is loaded when it runs.
 */
import type { Terminal } from './terminal.js';

/** What a value names, so that a shell can complete it. */
export type Naming = 'input' | 'list' | 'output' | 'folder' | 'model';

/** An option of a command. */
export interface OptionDeclaration {
  /** As commander writes them: `-o, --output <file>`. */
  readonly flags: string;
  readonly description: string;
  /** From text to value; throws UsageError, without the option's name. */
  readonly parse?: (text: string) => unknown;
  /** The only values there are. */
  readonly choices?: readonly string[];
  readonly names?: Naming;
  readonly default?: unknown;
  /** The default as help shows it, where it is no number or word. */
  readonly defaultText?: string;
  readonly isRequired?: boolean;
  readonly isRepeatable?: boolean;
  /** Means something else than the option of this name elsewhere: only the command's own section of defaults sets it. */
  readonly ownDefault?: boolean;
}

/** Options that belong together in the help. */
export interface OptionGroup {
  readonly title: string;
  readonly options: readonly OptionDeclaration[];
}

/** An argument of a command. */
export interface ArgumentDeclaration {
  /** As commander writes them: `<file...>`, `[model]`. */
  readonly name: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly names?: Naming;
  /** Read while it comes, so that a pipe or device is as good as a file. */
  readonly isLive?: boolean;
}

/** What a command is asked to do. */
export interface Request<Flags> {
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly terminal: Terminal;
}

/** Does what a command is for, and resolves with the exit code. */
export type Action<Flags = never> = (request: Request<Flags>) => Promise<number>;

/** A command. */
export interface CommandDeclaration {
  /** With spaces for commands of commands: `data check`, `queue add classify`. */
  readonly name: string;
  readonly description: string;
  readonly args: readonly ArgumentDeclaration[];
  readonly groups: readonly OptionGroup[];
  /** Command lines without the program's name, and what they do. */
  readonly examples: readonly (readonly [line: string, description: string])[];
  /**
   * Whether it finishes what it has in hand after Ctrl-C or SIGTERM, in a time of its own, and its exit code stands; a second
   * signal ends it at once.
   */
  readonly endsItself?: boolean;
  /** Loads the module that does it. */
  readonly load: () => Promise<Action>;
}

/** All options of a command. */
export const optionsOf = ({ groups }: CommandDeclaration): readonly OptionDeclaration[] =>
  groups.flatMap(({ options }) => options);

/** The long name of an option, without dashes: `box-threshold`. */
export const longName = ({ flags }: OptionDeclaration): string => /--([\w-]+)/.exec(flags)![1]!;

/** The short name of an option, without the dash; `undefined` without one. */
export const shortName = ({ flags }: OptionDeclaration): string | undefined =>
  /^-(\w),/.exec(flags)?.[1];

/** Whether a value comes after the option. */
export const takesValue = ({ flags }: OptionDeclaration): boolean => flags.includes('<');

/** The name under which the parsed option is found: `boxThreshold`. */
export const attributeOf = (option: OptionDeclaration): string =>
  longName(option).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
