import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Modules that a module loads at once: its static imports that are not of types alone. */
async function staticImports(url: URL): Promise<string[]> {
  const text = await readFile(url, 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+'([^']+)'/gm);
  return [...statements].map(([, target]) => target as string);
}

/** The names that an index exports, types aside. */
async function exported(url: URL): Promise<string[]> {
  const text = await readFile(url, 'utf8');
  const lists = [...text.matchAll(/^export \{([^}]*)\}/gm)].map(([, list]) => list as string);
  const names = lists.flatMap((list) => list.split(',').map((name) => name.trim()));
  return names.filter((name) => name !== '' && !name.startsWith('type ')).sort();
}

test('a page has all of the package but what needs files', async () => {
  const here = await exported(new URL('./index.ts', import.meta.url));
  const page = await exported(new URL('./browser/index.ts', import.meta.url));
  const ofNode = [
    'augmentation', // of training clips, which are
    'checkClipList',
    'decoders',
    'filesOfVideo',
    'omissionText',
    'readClipList',
    'trainingClips',
    'videoFiles',
    'writeVideo',
  ];
  expect(page).toEqual(here.filter((name) => !ofNode.includes(name)));
});

test('what a page loads reaches no Node API, not by import() either', async () => {
  const seen = new Set<string>();
  const visit = async (url: URL): Promise<void> => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    const text = await readFile(url, 'utf8');
    expect({ url: url.href, uses: /import\(|node:/.exec(text)?.[0] }).toEqual({ url: url.href });
    for (const target of await staticImports(url)) {
      if (target.startsWith('.')) await visit(new URL(target.replace(/\.js$/, '.ts'), url));
    }
  };
  await visit(new URL('./browser/index.ts', import.meta.url));
  expect(seen.size).toBeGreaterThan(20);
});

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
