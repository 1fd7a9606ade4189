/** @file The page, its worker, the weights and the WebAssembly of ONNX Runtime in `dist/`: any static host will do. */
import { copyFile, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { DEFAULT_WEIGHTS } from '@slowfast/models';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = process.argv[2] ?? at('dist');
await mkdir(out, { recursive: true });
await build({
  entryPoints: { page: at('src/page.ts'), 'watch.worker': at('src/watch.worker.ts') },
  bundle: true,
  minify: true,
  splitting: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  outdir: out,
  logLevel: 'warning',
});
await copyFile(at('index.html'), `${out}/index.html`);
await copyFile(fileURLToPath(DEFAULT_WEIGHTS), `${out}/weights.safetensors`);
const runtime = fileURLToPath(new URL('.', import.meta.resolve('onnxruntime-web')));
const wasm = 'ort-wasm-simd-threaded.wasm';
await copyFile(`${runtime}${wasm}`, `${out}/${wasm}`);
