/** @file Files of class names in the forms that data sets come with, told by what is in them. Needs no Node API. */
import { checkArguments, csvRows, numberedLines, SpecError } from '@slowfast/core';
import { lineError } from './list-error.js';

const ID = /^(id|index|idx|number|(class|label)[ _-]?(id|index|idx|number)?)$/i;
const NAME =
  /^((class|label|display|category|action)[ _-]?)?name$|^(class|label|category|action)$/i;

/** `1 Name`, `1,Name`, `1: Name`. */
const NUMBER_FIRST = /^(?<id>\d{1,9})(?:[:.)]\s|[\s,])\s*(?<name>[^\s,].*)$/;
/** Only a tab or a comma: a name may end in a number. */
const NUMBER_LAST = /^(?<name>.*\S)(?:\t+|\s*,\s*)(?<id>\d{1,9})$/;

/**
 * Class names by number: one a line; `1 Name` a line (UCF-101's `classInd.txt`), or a name, a tab and its number; CSV, or with
 * tabs, with a header of an id and a name;
 * JSON of a list, of name to id, of id to name, or with such an `id2label` in it. Numbers from 1 become numbers from 0.
 *
 * @throws SpecError for blank names, JSON of another form, and numbers that have gaps or come twice.
 * @example
 * parseClassNames('1 ApplyEyeMakeup\\n2 ApplyLipstick')[0]; // 'ApplyEyeMakeup'
 */
export function parseClassNames(text: string, name = 'class names'): readonly string[] {
  checkArguments('parseClassNames', { text: [text, 'string'], name: [name, 'string'] });
  const names = /^\uFEFF?\s*[[{]/.test(text) ? fromJson(text, name) : fromLines(text, name);
  if (names.length === 0)
    throw new SpecError({ site: name, expected: 'class names', received: 'none' });
  const blank = names.findIndex((entry) => entry.trim() === '');
  if (blank < 0) return names;
  throw new SpecError({
    site: name,
    expected: 'a name of each class',
    received: `none of class ${blank}`,
  });
}

function fromLines(text: string, name: string): readonly string[] {
  const lines = [...numberedLines(text)].map(([line, content]) => ({
    line,
    content: content.trim(),
  }));
  const table = csvNames(text, name);
  if (table) return table;
  for (const form of [NUMBER_FIRST, NUMBER_LAST]) {
    const numbered = lines.map(({ content }) => form.exec(content)?.groups);
    if (lines.length > 0 && numbered.every((match) => match !== undefined)) {
      return byNumber(
        numbered.map((match) => [Number(match['id']), match['name']!]),
        name,
      );
    }
  }
  const gap = lines.findIndex(({ line }, i) => line !== i + 1);
  if (gap < 0) return lines.map(({ content }) => content);
  throw lineError(name, gap + 1, 'a class name', 'a blank line');
}

/** Names from CSV below a header that has both an id and a name; nothing for another text. */
function csvNames(text: string, name: string): readonly string[] | undefined {
  const [first] = csvHeader(text);
  const separator = text.includes('\t') ? '\t' : ',';
  const id = first?.findIndex((field) => ID.test(field)) ?? -1;
  const label = first?.findIndex((field, i) => i !== id && NAME.test(field)) ?? -1;
  if (id < 0 || label < 0) return undefined;
  const rows = [...csvRows(text, { name, separator })].slice(1);
  return byNumber(
    rows.map(({ line, fields }) => {
      const number = fields[id] ?? '';
      if (/^\d{1,9}$/.test(number)) return [Number(number), fields[label] ?? ''];
      throw lineError(name, line, 'a class number', `'${number}'`);
    }),
    name,
  );
}

/** The fields of the first line; none where it is no CSV. */
function csvHeader(text: string): readonly (readonly string[])[] {
  for (const [, line] of numberedLines(text)) {
    return [
      line
        .split(line.includes('\t') ? '\t' : ',')
        .map((field) => field.trim().replace(/^"(.*)"$/, '$1')),
    ];
  }
  return [];
}

function fromJson(text: string, name: string): readonly string[] {
  const wrong = (received: string): SpecError =>
    new SpecError({
      site: name,
      expected: 'JSON with a list of class names, or an object of names and numbers',
      received,
    });
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw wrong(`text that is no JSON (${(error as Error).message.slice(0, 100)})`);
  }
  if (Array.isArray(value)) {
    if (value.every((entry) => typeof entry === 'string')) return value;
    throw wrong('a list of something else');
  }
  const record = value as Record<string, unknown>;
  const inner = record['id2label'];
  const entries = Object.entries((typeof inner === 'object' && inner) || record);
  const isNumber = (entry: unknown): boolean => /^\d{1,9}$/.test(String(entry));
  if (entries.every(([key, entry]) => isNumber(key) && typeof entry === 'string')) {
    return byNumber(
      entries.map(([key, entry]) => [Number(key), String(entry)]),
      name,
    );
  }
  if (entries.every(([, entry]) => isNumber(entry))) {
    return byNumber(
      entries.map(([key, entry]) => [Number(entry), key]),
      name,
    );
  }
  throw wrong('an object of something else');
}

/** Names in the order of their numbers, which are all of 0 … n − 1 or of 1 … n. */
function byNumber(
  entries: readonly (readonly [number, string])[],
  name: string,
): readonly string[] {
  const sorted = [...entries].sort(([a], [b]) => a - b);
  const first = sorted[0]?.[0] === 1 ? 1 : 0;
  const wrong = sorted.findIndex(([number], i) => number !== i + first);
  if (wrong < 0) return sorted.map(([, label]) => label);
  throw new SpecError({
    site: name,
    expected: 'class numbers from 0 or 1 on, each once',
    received: `${sorted[wrong]![0]} in the place of ${wrong + first}`,
  });
}
