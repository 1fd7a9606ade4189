/** @file Defaults of options from a file: `~/.config/slowfast/config.yaml`. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { COMMANDS } from './commands.js';
import {
  longName,
  optionsOf,
  takesValue,
  type CommandDeclaration,
  type OptionDeclaration,
} from './declaration.js';
import { valueOf } from './program.js';
import { UsageError } from './usage-error.js';

/** Where options get values from that the command line does not give. */
export interface Defaults {
  /** The value for an option of a command and how help shows it; `undefined` where the file has none. */
  valueOf(
    command: CommandDeclaration,
    option: OptionDeclaration,
  ): { readonly value: unknown; readonly text: string } | undefined;
}

/** Without a file. */
export const NO_DEFAULTS: Defaults = { valueOf: () => undefined };

type Environment = Readonly<Record<string, string | undefined>>;

const MOST_BYTES = 65_536;

/** Reads the file of defaults, where there is one; throws {@link UsageError} for one that cannot be used. */
export async function readDefaults(env: Environment): Promise<Defaults> {
  const path = await pathOf(env);
  if (path === undefined) return NO_DEFAULTS;
  const file = await stat(path).catch((cause: Error) => {
    throw new UsageError(
      `SLOWFAST_CONFIG: expected a file, received '${path}' (${cause.message}).`,
    );
  });
  if (!file.isFile() || file.size > MOST_BYTES) {
    throw new UsageError(
      `${path}: expected a file of at most ${MOST_BYTES} bytes, received ${file.isFile() ? file.size : 'no file'}.`,
    );
  }
  return defaultsOf(await contentOf(path), path);
}

async function pathOf(env: Environment): Promise<string | undefined> {
  const file = env['SLOWFAST_CONFIG'];
  if (file !== undefined) return file === '' ? undefined : file;
  const base = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config');
  for (const name of ['config.yaml', 'config.yml', 'config.json']) {
    const path = join(base, 'slowfast', name);
    if (await stat(path).catch(() => undefined)) return path;
  }
  return undefined;
}

async function contentOf(path: string): Promise<unknown> {
  try {
    const text = await readFile(path, 'utf8');
    // Loaded only for a file, so that a help without one stays quick. JSON is YAML.
    const { readYaml } = await import('@slowfast/core');
    return await readYaml(text, { site: path });
  } catch (cause) {
    const { message } = cause as Error;
    const isWhole = message.startsWith(path);
    throw new UsageError(
      isWhole ? message : `${path}: expected YAML or JSON, received ${message}.`,
    );
  }
}

/** Checks every key and value; `path` is where they stand. */
export function defaultsOf(content: unknown, path: string): Defaults {
  const entries = new Map<string, { value: unknown; text: string }>();
  for (const [key, value] of fieldsOf(content ?? {}, path)) {
    const command = COMMANDS.find(({ name }) => name === key);
    if (command) {
      for (const [name, one] of fieldsOf(value, `${path}: ${key}`)) {
        const option = optionsOf(command).find((candidate) => longName(candidate) === name);
        if (!option) throw unknownKey(`${path}: ${key}`, name, optionsOf(command));
        entries.set(`${key}.${name}`, checked(option, one, path, `${key}.${name}`));
      }
      continue;
    }
    const options = COMMANDS.flatMap(optionsOf).filter(({ ownDefault }) => !ownDefault);
    const same = options.filter((candidate) => longName(candidate) === key);
    if (same.length === 0) throw unknownKey(path, key, options);
    // An option of one name means the same in all commands, but choices may differ: one has to take it.
    entries.set(key, checked(same[0]!, value, path, key));
  }
  return {
    valueOf: (command, option) =>
      entries.get(`${command.name}.${longName(option)}`) ??
      (option.ownDefault ? undefined : entries.get(longName(option))),
  };
}

function fieldsOf(value: unknown, site: string): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value);
  }
  throw new UsageError(`${site}: expected options and their values, received ${kindOf(value)}.`);
}

function checked(option: OptionDeclaration, value: unknown, path: string, key: string) {
  const texts = Array.isArray(value) ? value.map(String) : [String(value)];
  const isPlain = ['string', 'number', 'boolean'].includes(typeof value) || Array.isArray(value);
  const text = texts.join(',');
  if (!isPlain || (!takesValue(option) && typeof value !== 'boolean')) {
    throw new UsageError(
      `${path}: ${key}: expected ${takesValue(option) ? 'a value' : 'true or false'}, received ${kindOf(value)}.`,
    );
  }
  if (!takesValue(option)) return { value: value === true ? true : undefined, text };
  try {
    const read = (one: string): unknown => valueOf(option, fromFolder(option, one, path));
    return { value: option.isRepeatable ? texts.map(read) : read(text), text };
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

/** Paths that begin with `./`, `../` or `~/` are relative to the file, or to the home folder. */
function fromFolder({ names }: OptionDeclaration, text: string, path: string): string {
  if (names === undefined) return text;
  if (text.startsWith('~/')) return join(homedir(), text.slice(2));
  return /^\.\.?\//.test(text) ? resolve(dirname(path), text) : text;
}

const kindOf = (value: unknown): string =>
  value === null || Array.isArray(value) || typeof value === 'object'
    ? JSON.stringify(value).slice(0, 60)
    : `'${String(value).slice(0, 60)}'`;

const unknownKey = (
  site: string,
  key: string,
  options: readonly OptionDeclaration[],
): UsageError => {
  const names = [...new Set(options.map(longName))].sort();
  const near = names.filter((name) => name.startsWith(key.slice(0, 2)));
  const some = near.length > 0 ? near : names;
  return new UsageError(
    `${site}: expected the long name of an option (${some.slice(0, 8).join(', ')}${some.length > 8 ? ', …' : ''}) or of a command, received '${key.slice(0, 60)}'.`,
  );
};
