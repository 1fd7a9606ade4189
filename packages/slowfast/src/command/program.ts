/** @file From declarations to commander: parsing and help. */
import { Command, Option } from 'commander';
import colours from 'picocolors';
import { COMMAND_GROUPS, PARENTS } from './commands.js';
import { longName, type CommandDeclaration, type OptionDeclaration } from './declaration.js';
import type { Defaults } from './defaults.js';
import { choice } from './options/values.js';
import { UsageError } from './usage-error.js';
import { VERSION } from './version.js';

/** A command line, parsed. */
export interface Invocation {
  readonly command: CommandDeclaration;
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Where help and messages about wrong command lines go. */
export interface HelpOutput {
  out(text: string): void;
  err(text: string): void;
  readonly hasColours: boolean;
}

/**
 * Parses a command line. Throws CommanderError, when help was printed or a message about what is wrong, and
 * {@link UsageError} for a wrong value.
 */
export async function parsed(
  argv: readonly string[],
  output: HelpOutput,
  defaults: Defaults,
): Promise<Invocation> {
  let invocation: Invocation | undefined;
  const program = withOutput(new Command('slowfast'), output)
    .description('SlowFast networks for video: classify, detect, extract features, train.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command');
  const parents = new Map<string, Command>();
  for (const { title, commands } of COMMAND_GROUPS) {
    for (const declaration of commands) {
      const words = declaration.name.split(' ');
      let place = program;
      for (const depth of words.slice(1).keys()) {
        const path = words.slice(0, depth + 1).join(' ');
        const parent = parents.get(path) ?? parentCommand(place, path, depth === 0 ? title : '');
        parents.set(path, parent);
        place = parent;
      }
      const command = place.command(words.at(-1)!).helpOption('-h, --help', 'show this help');
      if (place === program) command.helpGroup(`${title}:`);
      declare(command, declaration, defaults, (args, flags) => {
        invocation = { command: declaration, args, flags };
      });
    }
  }
  program.addHelpText(
    'after',
    '\nEach command has a help of its own with examples: slowfast classify --help\n' +
      'Defaults of options: ~/.config/slowfast/config.yaml, or the file that SLOWFAST_CONFIG names',
  );
  await program.parseAsync([...argv], { from: 'user' });
  if (invocation) return invocation;
  throw new UsageError('expected a command; `slowfast --help` lists them');
}

function parentCommand(place: Command, path: string, title: string): Command {
  const command = place
    .command(path.split(' ').at(-1)!)
    .description(PARENTS[path]!)
    .helpOption('-h, --help', 'show this help');
  return title === '' ? command : command.helpGroup(`${title}:`);
}

function withOutput(command: Command, { out, err, hasColours }: HelpOutput): Command {
  const paint = colours.createColors(true);
  return command
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: out,
      writeErr: err,
      getOutHasColors: () => hasColours,
      getErrHasColors: () => false,
    })
    .configureHelp({
      styleTitle: paint.bold,
      styleSubcommandTerm: paint.cyan,
      styleOptionTerm: paint.cyan,
      styleArgumentTerm: paint.cyan,
    });
}

function declare(
  command: Command,
  declaration: CommandDeclaration,
  defaults: Defaults,
  onParsed: (args: readonly string[], flags: Readonly<Record<string, unknown>>) => void,
): void {
  command.description(declaration.description);
  for (const { name, description, choices } of declaration.args) {
    command.argument(name, description, (text: string, before: unknown) => {
      if (choices) named(name, () => choice(choices, text));
      return name.includes('...') ? [...((before as string[] | undefined) ?? []), text] : text;
    });
  }
  for (const { title, options } of declaration.groups) {
    for (const option of options) {
      command.addOption(optionOf(option, declaration, defaults).helpGroup(`${title}:`));
    }
  }
  const lines = declaration.examples.map(([line, what]) => `  slowfast ${line}\n      ${what}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
  command.action((...values: unknown[]) => {
    const args = values.slice(0, declaration.args.length).flat() as (string | undefined)[];
    onParsed(
      args.filter((arg) => arg !== undefined),
      command.opts(),
    );
  });
}

function optionOf(
  declaration: OptionDeclaration,
  command: CommandDeclaration,
  defaults: Defaults,
): Option {
  const { flags, description, isRequired, isRepeatable, choices, defaultText } = declaration;
  const isListed = !choices || choices.every((word) => description.includes(word));
  const text = isListed ? description : `${description}: ${choices.join(', ')}`;
  const option = new Option(flags, text).makeOptionMandatory(isRequired === true);
  // Options are named as they are written, in files of defaults, too: `no-cache` is not `cache`.
  option.negate = false;
  option.argParser((value: string, before: unknown) => {
    const result = valueOf(declaration, value);
    return isRepeatable ? [...((before ?? []) as unknown[]), result] : result;
  });
  const own = defaults.valueOf(command, declaration);
  if (own) return option.default(own.value, own.text);
  const { default: value } = declaration;
  if (value !== undefined) {
    option.default(value, defaultText ?? (typeof value === 'string' ? value : undefined));
  }
  return option;
}

/** The value of an option; throws {@link UsageError} with its name. */
export function valueOf(declaration: OptionDeclaration, text: string): unknown {
  const { choices, parse } = declaration;
  return named(`--${longName(declaration)}`, () =>
    choices ? choice(choices, text) : parse ? parse(text) : text,
  );
}

function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${name}: ${error.message}.`);
    throw error;
  }
}
