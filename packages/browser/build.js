/**
 * @file `page/`: the package as one ES module and what it loads when that is needed, each from beside it, so that any
 * CDN or static host will do, and no file needs a bundler.
 *
 * node packages/browser/build.js [FOLDER]
 */
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = process.argv[2] ?? at('page');

/** Weights lie beside the module here, not in a package of their own. */
const weightsBeside = {
  name: 'weights-beside',
  setup({ onLoad }) {
    onLoad({ filter: /models[\\/]src[\\/]default-model\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace(WEIGHTS, './weights.safetensors');
      if (contents === source) throw new Error(`${path} does not name ${WEIGHTS}`);
      return { contents, loader: 'ts' };
    });
  },
};
const WEIGHTS = '../assets/ut-interaction/weights.safetensors';

/** The script beside each WebAssembly is what threads load, and a page of another origin. */
const RUNTIME = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'];

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  entryPoints: { slowfast: at('src/index.ts') },
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  conditions: ['@slowfast/source'],
  plugins: [weightsBeside],
  legalComments: 'linked',
  outdir: out,
  chunkNames: 'part-[hash]',
  logLevel: 'warning',
});
const runtime = fileURLToPath(new URL('.', import.meta.resolve('onnxruntime-web')));
for (const name of RUNTIME.flatMap((file) => [`${file}.wasm`, `${file}.mjs`])) {
  await copyFile(runtime + name, `${out}/${name}`);
}
await copyFile(
  at('../models/assets/ut-interaction/weights.safetensors'),
  `${out}/weights.safetensors`,
);
