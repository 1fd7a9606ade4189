/** @file The annotation files of Something-Something V2: JSON of `id` and `template`. Needs no Node API. */
import { nearestNames, SpecError } from '@slowfast/core';
import type { ClipList } from './clip-list.js';
import { checkNotEmpty } from './list-error.js';

/** Options of {@link parseSomethingSomething}. */
export interface SomethingSomethingOptions {
  /** What error messages call the list. */
  readonly name?: string;
  /** Class names by number; by default those that occur, sorted. */
  readonly classes?: readonly string[];
  /** Path of the video file of a clip, `{id}` being its name; default `{id}.webm`. */
  readonly pattern?: string;
}

/**
 * Reads `something-something-v2-train.json`: a clip's class is its template without brackets, as in the data set's
 * own `labels.json`.
 *
 * @throws SpecError for JSON of another form, and for a template that is none of `classes`.
 */
export function parseSomethingSomething(
  text: string,
  options: SomethingSomethingOptions = {},
): ClipList {
  const { name = 'list', pattern = '{id}.webm' } = options;
  const entries = entriesOf(text, name);
  const classes = options.classes ?? [...new Set(entries.map(({ label }) => label))].sort();
  const numbers = new Map(classes.map((label, i) => [label, i]));
  const clips = entries.map(({ id, label }, i) => {
    const number = numbers.get(label);
    if (number !== undefined)
      return { path: pattern.replaceAll('{id}', id), labels: [number], line: 0 };
    throw new SpecError({
      site: `${name}[${i}]`,
      expected: `one of the ${classes.length} class names`,
      received: `'${label.slice(0, 80)}'`,
      remedy: `The nearest are ${nearestNames(label, classes).join(', ')}`,
    });
  });
  checkNotEmpty(name, clips);
  return { name, clips, multiLabel: false, classes };
}

function entriesOf(text: string, name: string): readonly { id: string; label: string }[] {
  const wrong = (received: string): SpecError =>
    new SpecError({
      site: name,
      expected:
        'a list of clips: lines of path and class, or JSON as Something-Something V2 has it',
      received,
    });
  let root: unknown;
  try {
    root = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw wrong(`text that is no JSON (${(error as Error).message.slice(0, 100)})`);
  }
  if (!Array.isArray(root)) throw wrong(formOf(root));
  return root.map((entry: { id?: unknown; template?: unknown } | null, i) => {
    const { id, template } = entry ?? {};
    const isId = typeof id === 'string' || typeof id === 'number';
    if (isId && typeof template === 'string') {
      return { id: String(id), label: template.replace(/[[\]]/g, '') };
    }
    throw wrong(`an entry ${i} without id and template`);
  });
}

function formOf(root: unknown): string {
  if (typeof root !== 'object' || root === null) return `JSON of a ${typeof root}`;
  if ('database' in root) return 'the JSON of ActivityNet';
  const [first] = Object.values(root) as (object | null)[];
  const isKinetics = typeof first === 'object' && first !== null && 'annotations' in first;
  return isKinetics ? 'the JSON of Kinetics, whose CSV is read' : 'JSON of another form';
}
