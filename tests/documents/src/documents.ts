import { readFileSync, readdirSync } from 'node:fs';

export const ROOT = new URL('../../../', import.meta.url);

const LEFT_OUT = new Set([
  'node_modules',
  'dist',
  'out-tsc',
  'results',
  'api',
  'tmp',
  '.git',
  '.nx',
]);

/** Every Markdown file of the repository, by its path from the root. */
export function documents(folder = ''): readonly string[] {
  return readdirSync(new URL(folder, ROOT), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory()) return LEFT_OUT.has(entry.name) ? [] : documents(`${path}/`);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

export const textOf = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/**
 * A TypeScript program of a document. `ts browser` is one that only compiles, `ts continued` goes on with the block
 * before it, `ts excerpt` shows a part of a file.
 */
export interface Example {
  /** `docs/training.md, 2`: the second of that document. */
  readonly name: string;
  readonly document: string;
  readonly kind: 'program' | 'browser' | 'excerpt';
  readonly code: string;
}

export function examplesOf(document: string): readonly Example[] {
  const blocks = textOf(document).matchAll(/^```(?:ts|typescript)(?: (\w+))?\n([\s\S]*?)^```/gm);
  const examples: Example[] = [];
  for (const [, kind = 'program', code] of blocks) {
    const before = kind === 'continued' ? examples.pop() : undefined;
    examples.push({
      name: `${document}, ${examples.length + 1}`,
      document,
      kind: before?.kind ?? (kind as Example['kind']),
      code: (before?.code ?? '') + code!,
    });
  }
  return examples;
}
