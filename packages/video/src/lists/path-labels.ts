/** @file `path label` lists, as PySlowFast's Kinetics loader reads them. Needs no Node API. */
import { numberedLines, SpecError } from '@slowfast/core';
import type { ClipList, ListedClip } from './clip-list.js';
import { checkNotEmpty, lineError } from './list-error.js';

/** Options of {@link parsePathLabels}. */
export interface PathLabelOptions {
  /** What error messages call the list. */
  readonly name?: string;
  /** What stands between path and label; `auto` (default) takes white space or a comma. */
  readonly separator?: 'auto' | 'space' | 'comma';
  /** `single`: one class a clip; `multi`: any number; `auto` (default): multi if a line has not exactly one. */
  readonly labels?: 'auto' | 'single' | 'multi';
}

// Longer than any path can be; keeps what is no list from being searched for one.
const LONGEST_LINE = 10_000;

const SEPARATORS = { auto: '[\\s,]', space: '\\s', comma: '(?:\\s*,\\s*)' } as const;

/** A path, quoted or not, then classes, quoted or not; the path is as short as the rest allows. */
function lineGrammar(separator: keyof typeof SEPARATORS): RegExp {
  const numbers = String.raw`-?\d+(?:\s*,\s*-?\d+)*`;
  const path = '(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^"].*?))';
  const labels = `(?:"\\s*(?<list>${numbers})?\\s*"|(?<bare>${numbers}))`;
  return new RegExp(`^\\s*${path}${SEPARATORS[separator]}+${labels}\\s*$`);
}

/**
 * Reads lines of `path label`: separated by white space or a comma, paths with `"…"` around them where they
 * need it (`""` inside for a quote), several classes joined by commas, none as `""`. Blank lines are passed over.
 *
 * @throws SpecError naming the line that is none, has a class below 0 or not exactly one (`labels: 'single'`).
 * @example
 * parsePathLabels('videos/a.avi 0\n"videos/b c.avi" 1').clips[1].path; // 'videos/b c.avi'
 */
export function parsePathLabels(text: string, options: PathLabelOptions = {}): ClipList {
  const { name = 'list', separator = 'auto', labels: rule = 'auto' } = options;
  const grammar = lineGrammar(separator);
  const clips: ListedClip[] = [];
  for (const [line, content] of numberedLines(text)) {
    const parts = content.length > LONGEST_LINE ? undefined : grammar.exec(content)?.groups;
    const path = parts?.['quoted']?.replaceAll('""', '"') ?? parts?.['plain'];
    if (!parts || !path) {
      throw lineError(
        name,
        line,
        'a path and a class number, such as videos/a.mp4 0',
        `'${content}'`,
      );
    }
    const labels = (parts['list'] ?? parts['bare'] ?? '').split(',').filter(Boolean).map(Number);
    const negative = labels.find((label) => label < 0);
    if (negative !== undefined) {
      throw lineError(name, line, 'class numbers of 0 or more', String(negative));
    }
    if (rule === 'single' && labels.length !== 1) {
      throw lineError(name, line, 'one class number', `${labels.length} of them`);
    }
    clips.push({ path, labels: [...new Set(labels)], line });
  }
  checkNotEmpty(name, clips);
  const multiLabel =
    rule === 'multi' || (rule === 'auto' && clips.some(({ labels }) => labels.length !== 1));
  return { name, clips, multiLabel };
}

/** The number of classes that a list needs at least: its highest label and one. */
export function classesNeeded({ clips }: ClipList): number {
  return clips.reduce((most, { labels }) => Math.max(most, ...labels.map((x) => x + 1)), 0);
}

/**
 * Checks that all labels are below the number of classes.
 *
 * @throws SpecError naming the first line where one is not.
 */
export function checkLabels(list: ClipList, classes: number): void {
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
