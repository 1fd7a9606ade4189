import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Modules that a module loads at once: its static imports that are not of types alone. */
async function staticImports(url: URL): Promise<string[]> {
  const text = await readFile(url, 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+'([^']+)'/gm);
  return [...statements].map(([, target]) => target as string);
}

test('the package loads without Node: its modules reach no Node API but by import()', async () => {
  const seen = new Set<string>();
  const outside = new Set<string>();
  const visit = async (url: URL): Promise<void> => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    for (const target of await staticImports(url)) {
      if (target.startsWith('.')) await visit(new URL(target.replace(/\.js$/, '.ts'), url));
      else outside.add(target);
    }
  };
  await visit(new URL('./index.ts', import.meta.url));
  const files = [...seen].map((href) => fileURLToPath(href));
  expect(files.some((file) => file.endsWith('clip-frames.ts'))).toBe(true);
  expect(files.filter((file) => /[\\/]node[\\/]/.test(file))).toEqual([]);
  expect([...outside]).toEqual(['@slowfast/core']);
});
