/** @file `path label` lists, as PySlowFast's Kinetics loader reads them. Needs no Node API. */
import { checkArguments, csvRows, numberedLines, SpecError } from '@slowfast/core';
import type { ClipList, ListedClip } from './clip-list.js';
import { labelReader, NAMES_NEEDED, type LabelReader } from './labels-in-lists.js';
import { checkNotEmpty, lineError } from './list-error.js';
import { folderOf } from './list-notes.js';
import { checkForm } from './unread-forms.js';

/** Options of `parsePathLabels`. */
export interface PathLabelOptions {
  /** What error messages call the list. */
  readonly name?: string;
  /** What stands between path and label; `auto` (default) takes white space or a comma. */
  readonly separator?: 'auto' | 'space' | 'comma';
  /** `single`: one class a clip; `multi`: any number; `auto` (default): multi if a line has not exactly one. */
  readonly labels?: 'auto' | 'single' | 'multi';
  /** Class names by number, for lists with names in place of numbers, and for paths alone in folders of classes. */
  readonly classes?: readonly string[];
}

// Longer than any path can be; keeps what is no list from being searched for one.
const LONGEST_LINE = 10_000;

const SEPARATORS = { auto: '[\\s,]', space: '\\s', comma: '(?:\\s*,\\s*)' } as const;

/** A path, quoted or not, then classes, quoted or not; a path without quotes is as short as the rest allows. */
function lineGrammar(separator: keyof typeof SEPARATORS): readonly RegExp[] {
  const numbers = String.raw`-?\d+(?:\s*,\s*-?\d+)*`;
  const gap = `${SEPARATORS[separator]}+`;
  return [
    new RegExp(
      String.raw`^\s*"(?<path>(?:[^"]|"")*)"${gap}(?:"(?<list>[^"]*)"|(?<bare>[^"]+))\s*$`,
    ),
    new RegExp(String.raw`^\s*(?<path>[^"].*?)${gap}(?:"(?<list>[^"]*)"|(?<bare>${numbers}))\s*$`),
  ];
}

/** Numbers behind what ends as a file does: several classes with blanks between, not a path with a blank in it. */
const MORE_NUMBERS = /^(?<path>.*\.[A-Za-z]\w{1,4})(?<numbers>(?:\s+\d+)+)$/;

/**
 * Reads lines of `path label`: separated by white space or a comma, paths with `"…"` around them where they
 * need it (`""` inside for a quote), several classes joined by commas or, behind a file's extension, by blanks, none
 * as `""`. Blank lines are left out, and a header such as `path,label`. With `classes`, names may stand for numbers,
 * and a path alone has the class that its folder is called by (UCF-101's test lists).
 *
 * @throws SpecError naming the line that is none, has a class below 0 or not exactly one (`labels: 'single'`).
 * @example
 * parsePathLabels('videos/a.avi 0\n"videos/b c.avi" 1').clips[1].path; // 'videos/b c.avi'
 */
export function parsePathLabels(text: string, options: PathLabelOptions = {}): ClipList {
  checkArguments('parsePathLabels', { text: [text, 'string'], options: [options, 'object'] });
  const { name = 'list', separator = 'auto', labels: rule = 'auto', classes } = options;
  const grammar = lineGrammar(separator);
  const reader = labelReader(name, classes);
  const clips: ListedClip[] = [];
  const [start] = numberedLines(text);
  if (start) checkForm(name, text);
  const columns = start && headerColumns(start[1]);
  const lines = columns ? columnLines(text, name, columns) : textLines(text, name, grammar, reader);
  for (const { path, label, line } of lines) {
    const labels = reader.read(label, line);
    if (rule === 'single' && labels.length !== 1) {
      throw lineError(name, line, 'one class number', `${labels.length} of them`);
    }
    clips.push({ path, labels, line });
  }
  checkNotEmpty(name, clips);
  const multiLabel =
    rule === 'multi' || (rule === 'auto' && clips.some(({ labels }) => labels.length !== 1));
  return { name, clips, multiLabel, ...(classes ? { classes } : {}) };
}

interface ListLine {
  readonly path: string;
  readonly label: string;
  readonly line: number;
}

function* textLines(
  text: string,
  name: string,
  grammar: readonly RegExp[],
  reader: LabelReader,
): Generator<ListLine> {
  for (const [line, content] of numberedLines(text)) {
    const parts = content.length > LONGEST_LINE ? undefined : matched(content, grammar, reader);
    if (parts && parts.path !== '') yield { ...parts, line };
    else throw noLine(name, line, content, reader);
  }
}

function matched(
  content: string,
  grammar: readonly RegExp[],
  reader: LabelReader,
): Omit<ListLine, 'line'> | undefined {
  for (const line of grammar) {
    const parts = line.exec(content)?.groups;
    if (!parts) continue;
    const label = parts['list'] ?? parts['bare']!;
    const path = parts['path']!;
    if (content.trimStart().startsWith('"')) return { path: path.replaceAll('""', '"'), label };
    const more = parts['list'] === undefined ? MORE_NUMBERS.exec(path)?.groups : undefined;
    return more ? { path: more['path']!, label: `${more['numbers']} ${label}` } : { path, label };
  }
  return namedClass(content.trim(), reader);
}

/** A path and a class name, which may have blanks: the longest name that ends the line; or a path in such a folder. */
function namedClass(content: string, reader: LabelReader): Omit<ListLine, 'line'> | undefined {
  for (let at = Math.max(1, content.length - reader.longest - 1); at < content.length; at++) {
    if (!/[\s,]/.test(content[at]!)) continue;
    const label = content.slice(at + 1).trim();
    if (reader.numberOf(label) === undefined) continue;
    return { path: content.slice(0, at).replace(/[\s,]+$/, ''), label };
  }
  const folder = folderOf(content);
  return folder !== undefined && reader.numberOf(folder) !== undefined && /\.\w{2,5}$/.test(content)
    ? { path: content, label: folder }
    : undefined;
}

function noLine(name: string, line: number, content: string, reader: LabelReader): SpecError {
  const isPath = /^\S*[\\/]\S*\.\w{2,5}$/.test(content.trim());
  const needsNames = reader.longest === 0 && content.length <= LONGEST_LINE;
  return lineError(
    name,
    line,
    'a path and a class number, such as videos/a.mp4 0',
    isPath ? `a path alone, as in a test list of UCF-101: '${content}'` : `'${content}'`,
    needsNames ? NAMES_NEEDED : undefined,
  );
}

const PATHS = /^((video|file|clip)[ _-]?)?(path|name)$|^(video|file|clip)$/i;
const LABELS = /^(class|label|category|action|target)s?([ _-]?(id|index|idx|name)s?)?$/i;

interface Columns {
  readonly path: number;
  readonly label: number;
  readonly separator: ',' | ' ' | '\t';
}

/** Where path and label stand, if a line is a header that says so. */
function headerColumns(line: string): Columns | undefined {
  const separator = ([',', '\t'] as const).find((character) => line.includes(character)) ?? ' ';
  const names = line.split(separator).map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
  const path = names.findIndex((name) => PATHS.test(name));
  const label = names.findIndex((name) => LABELS.test(name));
  return path < 0 || label < 0 ? undefined : { path, label, separator };
}

function* columnLines(text: string, name: string, columns: Columns): Generator<ListLine> {
  let fields = 0;
  for (const row of csvRows(text, { name, separator: columns.separator })) {
    if (fields === 0) fields = row.fields.length;
    else if (row.fields.length === fields && row.fields[columns.path] !== '') {
      const [path, label] = [row.fields[columns.path]!, row.fields[columns.label]!];
      yield { path, label, line: row.line };
    } else
      throw lineError(
        name,
        row.line,
        `${fields} fields, a path among them`,
        `${row.fields.length}`,
      );
  }
}

/** The number of classes that a list needs at least: its highest label and one. */
export function classesNeeded(clipList: ClipList): number {
  checkArguments('classesNeeded', { clipList: [clipList, 'object'] });
  const { clips } = clipList;
  return clips.reduce((most, { labels }) => Math.max(most, ...labels.map((x) => x + 1)), 0);
}

/**
 * Checks that all labels are below the number of classes.
 *
 * @throws SpecError naming the first line where one is not.
 */
export function checkLabels(list: ClipList, classes: number): void {
  checkArguments('checkLabels', { list: [list, 'object'] });

  for (const { labels, line } of list.clips) {
    const outside = labels.find((label) => label >= classes);
    if (outside === undefined) continue;
    throw new SpecError({
      site: `${list.name}:${line}`,
      expected: `class numbers from 0 to ${classes - 1}`,
      received: String(outside),
    });
  }
}
