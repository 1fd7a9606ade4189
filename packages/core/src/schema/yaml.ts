/** @file YAML of files that anyone may have written: bounded, without cycles, as plain data. */
import type { CST, Scalar } from 'yaml';
import { BOUNDS } from './bounds.js';
import { dataError, keyPath, type DataOrigin } from './read.js';

/** Values in a document, those of repeated anchors counted each time. */
const MAX_VALUES = 1 << 16;

const MAX_DEPTH = 32;

/**
 * Plain data of YAML (or JSON, which is YAML) text of at most 64 KiB. Tags that YAML does not know, such as those
 * of Python, are left out, and what they stand at is read as it is written. The parser is loaded when it is first
 * asked for. Rejects with the origin's error for what is no YAML, keys that are there twice, and values that contain
 * themselves.
 */
export async function readYaml(text: string, origin: DataOrigin = {}): Promise<unknown> {
  if (text.length > BOUNDS.yaml) {
    throw dataError('', `at most ${BOUNDS.yaml} characters`, `${text.length}`, origin);
  }
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const wrong = (cause: unknown): Error => {
    const { message, pos } = cause as { readonly message: string; readonly pos?: [number, number] };
    const line = pos ? ` (line ${lines.linePos(pos[0]).line})` : '';
    return dataError('', 'JSON or YAML', `${message.slice(0, 120)}${line}`, { ...origin, cause });
  };
  // The library's parser keeps a stack of its own; what it makes documents with recurses, and brings the process down.
  const tokens = [...new yaml.Parser(lines.addNewLine).parse(text)];
  if (isDeep(tokens)) throw dataError('', `at most ${MAX_DEPTH} levels`, 'more', origin);
  // Its own check of keys takes a time that is quadratic in their number, errors with excerpts one in their own.
  const composer = new yaml.Composer({
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [document, second] = composer.compose(tokens, true, text.length);
  const error = document?.errors[0];
  if (error) throw wrong(error);
  if (!document || second) throw dataError('', 'one document', 'several', origin);
  yaml.visit(document, {
    Map(_, { items }) {
      const keys = new Set<string>();
      for (const { key } of items) {
        const name = yaml.isScalar(key) ? String((key as Scalar).value) : '';
        if (keys.has(name)) throw dataError(keyPath([name]), 'a key once', 'it twice', origin);
        keys.add(name);
      }
    },
  });
  let data: unknown;
  try {
    data = document.toJS();
  } catch (cause) {
    throw wrong(cause);
  }
  checkSize(data, origin);
  return data;
}

/** Whether anything stands deeper than {@link MAX_DEPTH}; without recursion. */
function isDeep(tokens: readonly CST.Token[]): boolean {
  const pending = tokens.map((token) => ({ token, depth: 0 }));
  for (let entry = pending.pop(); entry; entry = pending.pop()) {
    const { token, depth } = entry;
    if (depth > MAX_DEPTH) return true;
    const items = 'items' in token ? token.items : [];
    const document = token.type === 'document' ? token.value : undefined;
    for (const inner of [document, ...items.flatMap(({ key, value }) => [key, value])]) {
      if (inner) pending.push({ token: inner, depth: depth + 1 });
    }
  }
  return false;
}

/** Throws where data are deeper or, written out, larger than any configuration: anchors can make them endless. */
function checkSize(data: unknown, origin: DataOrigin): void {
  let values = 0;
  const visit = (value: unknown, path: readonly unknown[]): void => {
    values += 1;
    if (path.length > MAX_DEPTH) {
      const site = keyPath(path.slice(0, 4));
      throw dataError(site, 'values that end', 'one that is nested without end', origin);
    }
    if (values > MAX_VALUES) {
      throw dataError(keyPath(path), `at most ${MAX_VALUES} values`, 'more', origin);
    }
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      visit(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  };
  visit(data, []);
}
