/** @file The options of what a command prints. */
import type { OptionDeclaration, OptionGroup } from '../declaration.js';
import { positiveNumber } from './values.js';

/** The group of what is written, with `--json` as its last option. */
export const outputGroup = (
  json: string,
  ...options: readonly OptionDeclaration[]
): OptionGroup => ({
  title: 'Output',
  options: [...options, { flags: '--json', description: json }],
});

/** Classes to print. */
export const top = (count: number, description = 'classes to print'): OptionDeclaration => ({
  flags: '--top <n>',
  description,
  parse: positiveNumber,
  default: count,
});
