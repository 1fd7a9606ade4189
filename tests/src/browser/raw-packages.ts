/**
 * @file The packages as a CDN serves them: files as they are packed, no bundler, bare names by a page's import map.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Packages for pages, and the one that a page asks for; TF.js' own module for WebAssembly imports Node, so that its runtime is not one. */
export const PACKAGES = [
  'core',
  'backbones',
  'fusion',
  'heads',
  'models',
  'checkpoints',
  'evaluation',
  'drawing',
  'video',
  'training',
  'pytorch',
  'runtime-onnx',
  'slowfast',
] as const;

/** Of the libraries that they import, the files for pages. */
const LIBRARIES: Readonly<Record<string, string>> = {
  fflate: 'fflate/esm/browser.js',
  mediabunny: 'mediabunny/dist/bundles/mediabunny.min.mjs',
  'onnxruntime-web/wasm': 'onnxruntime-web/dist/ort.wasm.bundle.min.mjs',
  'onnxruntime-web/webgpu': 'onnxruntime-web/dist/ort.webgpu.bundle.min.mjs',
  valibot: 'valibot/dist/index.mjs',
  yaml: 'yaml/browser/index.js',
};

interface Conditions {
  readonly [condition: string]: string | Conditions;
}

/** The file of a package that a page takes, below its folder. */
function pageFile(name: string): string {
  const { exports } = JSON.parse(
    readFileSync(join(ROOT, `packages/${name}/package.json`), 'utf8'),
  ) as { readonly exports: Readonly<Record<string, string | Conditions>> };
  let target = exports['.']!;
  while (typeof target === 'object') target = target['browser'] ?? target['default']!;
  return target;
}

const scoped = (name: string): string => (name === 'slowfast' ? name : `@slowfast/${name}`);

/** Addresses by bare names, below the address of a CDN. */
export const importMap = (base: string): Readonly<Record<string, string>> =>
  Object.fromEntries([
    ...PACKAGES.map((name) => [scoped(name), join('/', base, scoped(name), pageFile(name))]),
    ...Object.entries(LIBRARIES).map(([name, path]) => [name, join('/', base, path)]),
  ]) as Record<string, string>;

/** The bytes of a package's file, as `/slowfast/dist/index.js` names it. */
export const packedFile = (path: string): Uint8Array | undefined => {
  const own = /^\/(?:@slowfast\/)?([\w-]+)\/((?:dist|assets)\/.*)$/.exec(path);
  const isOwn =
    own && PACKAGES.some((name) => name === own[1] && path.startsWith(`/${scoped(name)}/`));
  try {
    const place = isOwn ? `packages/${own[1]}/${own[2]}` : `node_modules${path}`;
    return readFileSync(join(ROOT, place));
  } catch {
    return undefined;
  }
};

/** What a package's file for pages imports at once, through its own files: files, and names of what is outside of it. */
export async function staticImports(
  name: string,
): Promise<{ readonly files: readonly string[]; readonly outside: readonly string[] }> {
  const library = LIBRARIES[name];
  const start = library
    ? join(ROOT, 'node_modules', library)
    : join(ROOT, 'packages', name, pageFile(name));
  const { metafile } = await build({
    entryPoints: [start],
    bundle: true,
    packages: 'external',
    // Files as they are, not as a bundler for browsers takes them.
    platform: 'neutral',
    metafile: true,
    write: false,
    format: 'esm',
    outdir: '/',
    absWorkingDir: dirname(start),
    logLevel: 'silent',
  });
  return atOnce(
    metafile,
    Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint)!.entryPoint!,
  );
}

function atOnce({ inputs }: Metafile, entry: string) {
  const files = new Set<string>();
  const outside = new Set<string>();
  const visit = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    for (const { path: target, kind, external } of inputs[path]!.imports) {
      if (kind !== 'import-statement') continue;
      if (external) outside.add(target);
      else visit(target);
    }
  };
  visit(entry);
  return { files: [...files], outside: [...outside] };
}
