/** @file The classes of a line of a list: numbers, or names where the names are known. Needs no Node API. */
import { BOUNDS, nearestNames } from '@slowfast/core';
import { lineError } from './list-error.js';

/** Reads the classes of lines; `classes` are the names by number. */
export interface LabelReader {
  /** Classes of a text such as `3`, `1,4`, `1 4` or `riding a bike`; throws SpecError naming the line. */
  read(text: string, line: number): readonly number[];
  /** The number of a name, if it is one. */
  numberOf(name: string): number | undefined;
  /** Characters of the longest name; 0 where none are known. */
  readonly longest: number;
}

/** A reader of the classes of one list. */
export function labelReader(list: string, classes: readonly string[] = []): LabelReader {
  const numbers = new Map(classes.map((name, i) => [name, i]));
  return {
    longest: classes.reduce((most, name) => Math.max(most, name.length), 0),
    numberOf: (name) => numbers.get(name),
    read(text, line) {
      const number = numbers.get(text.trim());
      const parts = text.split(/[\s,]+/).filter((part) => part !== '');
      if (number !== undefined && !parts.every((part) => /^-?\d+$/.test(part))) {
        const first = classes.indexOf(text.trim());
        if (first === number) return [number];
        throw lineError(
          list,
          line,
          'the name of one class',
          `'${text.trim()}', the name of classes ${first} and ${number}`,
        );
      }
      return [...new Set(parts.map((part) => classNumber(list, line, part, text, classes)))];
    },
  };
}

function classNumber(
  list: string,
  line: number,
  part: string,
  text: string,
  classes: readonly string[],
): number {
  const number = Number(part);
  if (/^-?\d+$/.test(part) && number >= 0 && number < BOUNDS.classes) return number;
  if (/^-\d+$/.test(part)) throw lineError(list, line, 'class numbers of 0 or more', part);
  if (/^\d+$/.test(part)) {
    throw lineError(list, line, `class numbers below ${BOUNDS.classes}`, part);
  }
  throw classes.length === 0
    ? lineError(list, line, 'class numbers of 0 or more', `'${part}'`, NAMES_NEEDED)
    : lineError(
        list,
        line,
        `a number, or one of the ${classes.length} class names`,
        `'${text.trim()}'`,
        `The nearest are ${nearestNames(text.trim(), classes).join(', ')}`,
      );
}

/** What to do about names where none are known. */
export const NAMES_NEEDED = 'For names in place of numbers, give the class names';
