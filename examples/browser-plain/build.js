/** @file One ES module, the page, and the WebAssembly of ONNX Runtime in `dist/`: any static host will do. */
import { copyFile, mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = process.argv[2] ?? at('dist');
await mkdir(out, { recursive: true });
await build({
  entryPoints: { page: at('src/page.ts') },
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  outdir: out,
  logLevel: 'warning',
});
await copyFile(at('index.html'), `${out}/index.html`);
const runtime = fileURLToPath(new URL('.', import.meta.resolve('onnxruntime-web')));
await copyFile(`${runtime}ort-wasm-simd-threaded.wasm`, `${out}/ort-wasm-simd-threaded.wasm`);
