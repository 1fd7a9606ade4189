/**
 * @file The front door in a bundle for browsers: nothing of Node is loaded with it, what is lazy stays so, and a
 * function that is not used is not there.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

async function bundled(code: string): Promise<{ metafile: Metafile; entry: string }> {
  const { metafile, warnings } = await build({
    stdin: { contents: code, resolveDir: here, sourcefile: 'entry.js' },
    bundle: true,
    minify: true,
    splitting: true,
    metafile: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['@slowfast/source'],
    outdir: '/',
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  return { metafile, entry: 'stdin.js' };
}

/** The chunks that load with the entry, without any `import()`. */
function atOnce({ outputs }: Metafile, entry: string): readonly string[] {
  const loaded = new Set<string>();
  const visit = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { path: target, kind } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement') visit(target);
    }
  };
  visit(entry);
  return [...loaded];
}

async function loaded(code: string) {
  const { metafile, entry } = await bundled(code);
  const start = Object.keys(metafile.outputs).find((path) => path.endsWith(entry))!;
  const chunks = atOnce(metafile, start);
  const outputs = chunks.flatMap((path) => metafile.outputs[path] ?? []);
  return {
    outside: chunks.filter((path) => !metafile.outputs[path]),
    modules: outputs.flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput ? path : [])),
    ),
    kilobytes: Math.round(outputs.reduce((sum, { bytes }) => sum + bytes, 0) / 1024),
  };
}

const within = (modules: readonly string[], part: RegExp): readonly string[] =>
  modules.filter((path) => part.test(path));

test('the whole front door loads nothing of Node, no runtime and no training', async () => {
  const { outside, modules, kilobytes } = await loaded("export * from 'slowfast';");
  console.log(`slowfast, minified, as it loads: ${kilobytes} kB`);
  expect(outside).toEqual([]);
  expect(within(modules, /slowfast\/src\/(?:command|train\/run|machine)/)).toEqual([]);
  expect(
    within(modules, /runtime-tfjs|packages\/training|node_modules\/(?:@tensorflow|node-av)/),
  ).toEqual([]);
  expect(within(modules, /node_modules\/onnxruntime/)).toEqual([]);
});

test('videoClassifier alone brings no detector, no live source and no training', async () => {
  const { outside, modules, kilobytes } = await loaded(
    "export { videoClassifier } from 'slowfast';",
  );
  console.log(`videoClassifier, minified, as it loads: ${kilobytes} kB`);
  expect(outside).toEqual([]);
  expect(within(modules, /slowfast\/src\/classify\/video-classifier/)).toHaveLength(1);
  expect(within(modules, /slowfast\/src\/(?:detect|live|train)\//)).toEqual([]);
});

test('what a page may come to tells webpack and Vite to leave Node’s modules alone', async () => {
  const { metafile } = await bundled("export * from 'slowfast';");
  const own = Object.keys(metafile.inputs).filter((path) =>
    /^[./]*packages\/[\w-]+\/src\//.test(path),
  );
  expect(own.length).toBeGreaterThan(100);
  const bare = own.filter((path) => /import\(\s*'node:/.test(readFileSync(path, 'utf8')));
  expect(bare).toEqual([]);
});
