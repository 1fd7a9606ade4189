import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkStudio } from './check-studio.js';

/**
 * Installs the packed packages into empty projects by npm and by pnpm, as a user would: the first example of the
 * README of `slowfast` compiles with both kinds of module resolution, with and without a browser's types, and gives
 * the scores of the command, on this Node and those named as arguments; `slowfast studio` serves its packed page.
 */
const root = fileURLToPath(new URL('../', import.meta.url));
const require = createRequire(import.meta.url);
const tsc = require.resolve('typescript/bin/tsc');
const ts = require('typescript');
/** What one install may bring. */
const LIMITS = { packages: 48, megabytes: 505 };
const VIDEO = join(root, 'examples/media/ut-interaction/handshake_s09_c52.avi');
const work = await mkdtemp(join(tmpdir(), 'slowfast-install-'));
const nodes = [process.execPath, ...process.argv.slice(2)];

async function run(cwd, file, ...args) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', NODE_OPTIONS: '' };
  try {
    const options = { cwd, env, maxBuffer: 2 ** 26 };
    return (await promisify(execFile)(file, args, options)).stdout;
  } catch (cause) {
    const said = `${cause.stdout ?? ''}${cause.stderr ?? ''}`;
    throw new Error(`${file} ${args.join(' ')} in ${cwd}\n${said}`, { cause });
  }
}

/** The tarball of each package, by its name. */
async function pack() {
  const folders = (await readdir(join(root, 'packages'))).map((name) => `packages/${name}`);
  const places = folders.flatMap((folder) => ['-w', folder]);
  await run(root, 'npm', 'run', '--silent', 'build:browser');
  await run(root, 'npm', 'run', '--silent', 'build:studio');
  await run(root, 'npm', 'pack', '--ignore-scripts', '--pack-destination', work, ...places);
  const manifests = await Promise.all(
    folders.map(async (folder) => JSON.parse(await readFile(join(root, folder, 'package.json')))),
  );
  return Object.fromEntries(
    manifests.map(({ name, version }) => {
      const file = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
      return [name, `file:${join(work, file)}`];
    }),
  );
}

/** An empty project that wants these packages alone; the other ones stand in for those of the registry. */
async function project(name, tarballs, wanted) {
  const folder = join(work, name);
  await mkdir(folder);
  const others = Object.fromEntries(Object.entries(tarballs).filter(([key]) => key !== 'slowfast'));
  const dependencies = Object.fromEntries(wanted.map((key) => [key, tarballs[key]]));
  const manifest = { name, private: true, type: 'module', dependencies };
  const withOthers = { ...manifest, overrides: others };
  await writeFile(join(folder, 'package.json'), JSON.stringify(withOthers));
  await writeFile(
    join(folder, 'pnpm-workspace.yaml'),
    `overrides:\n${Object.entries(others)
      .map(([key, file]) => `  '${key}': '${file}'\n`)
      .join('')}`,
  );
  await cp(VIDEO, join(folder, 'clip.mp4'));
  return folder;
}

/** The first TypeScript example of the README of `slowfast`, if it has one. */
async function example() {
  const readme = await readFile(join(root, 'packages/slowfast/README.md'), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  return code && `${code}\nconsole.log(JSON.stringify(best));\nexport {};\n`;
}

/** Compiles the example with every kind of resolution; what it emits last is what runs. */
async function compileExample(folder, code) {
  await writeFile(join(folder, 'example.ts'), code);
  await writeFile(
    join(folder, 'console.d.ts'),
    'declare const console: { log(text: string): void };\n',
  );
  const strict = ['--strict', '--target', 'es2022', '--skipLibCheck'];
  for (const [module, resolution] of [
    ['esnext', 'bundler'],
    ['nodenext', 'nodenext'],
  ]) {
    for (const lib of ['es2023,esnext.disposable,dom', 'es2023,esnext.disposable']) {
      const files = lib.endsWith('dom') ? ['example.ts'] : ['example.ts', 'console.d.ts'];
      const settings = ['--module', module, '--moduleResolution', resolution, '--lib', lib];
      await run(folder, process.execPath, tsc, ...strict, ...settings, ...files);
    }
  }
}

/** Types of the installed packages with a browser's alone, none of Node: what others' build settings ask of them. */
async function checkDeclarations(folder) {
  const modules = join(folder, 'node_modules');
  const own = await readdir(join(modules, '@slowfast')).catch(() => []);
  const names = ['slowfast', ...own.map((name) => `@slowfast/${name}`)];
  const program = ts.createProgram(
    names.map((name) => join(modules, name, 'dist/index.d.ts')),
    {
      ...{ lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], types: [], target: ts.ScriptTarget.ES2022 },
      ...{ strict: true, noEmit: true, skipLibCheck: false, module: ts.ModuleKind.ESNext },
      moduleResolution: ts.ModuleResolutionKind.Bundler,
    },
  );
  const errors = ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => /node_modules\/(@slowfast|slowfast)\//.test(file?.fileName ?? 'options'));
  if (errors.length === 0) return;
  const text = ({ file, messageText }) =>
    `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  throw new Error(errors.map(text).join('\n'));
}

async function check(folder) {
  const bin = join(folder, 'node_modules/slowfast/bin/slowfast.js');
  const code = await example();
  if (code) await compileExample(folder, code);
  for (const node of nodes) {
    const printed = await run(
      folder,
      node,
      bin,
      'classify',
      'clip.mp4',
      '--views',
      '3x1',
      '--json',
    );
    const { predictions } = JSON.parse(printed);
    if (!(predictions?.[0]?.score > 0)) throw new Error(`classify --json printed ${printed}`);
    if (!code) continue;
    const best = JSON.parse(await run(folder, node, 'example.js'));
    const same =
      best.label === predictions[0].label && Math.abs(best.score - predictions[0].score) < 1e-6;
    if (!same) throw new Error(`the example gave ${JSON.stringify(best)}, the command ${printed}`);
  }
}

async function size(folder) {
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json')));
  const packages = Object.keys(lock.packages).filter((path) => path !== '');
  const installed = await Promise.all(
    packages.map((path) =>
      readdir(join(folder, path)).then(
        () => 1,
        () => 0,
      ),
    ),
  );
  const kilobytes = await run(folder, 'du', '-sk', 'node_modules');
  return {
    packages: installed.reduce((sum, one) => sum + one, 0),
    megabytes: Math.round(parseInt(kilobytes) / 1024),
  };
}

try {
  const tarballs = await pack();
  const npm = await project('by-npm', tarballs, ['slowfast']);
  await run(npm, 'npm', 'install', '--no-audit', '--no-fund');
  await check(npm);
  await checkDeclarations(npm);
  const found = await size(npm);
  console.log(`npm install slowfast: ${found.packages} packages, ${found.megabytes} MB`);
  for (const [unit, limit] of Object.entries(LIMITS)) {
    if (found[unit] > limit) throw new Error(`expected at most ${limit} ${unit}`);
  }
  const pnpm = await project('by-pnpm', tarballs, ['slowfast', '@slowfast/studio']);
  await run(pnpm, 'npx', '--yes', 'pnpm@10', 'install', '--ignore-scripts');
  await check(pnpm);
  await checkStudio(pnpm);
  console.log(
    `the packed packages and their studio work by npm and by pnpm, on ${nodes.length} versions of Node`,
  );
} finally {
  await rm(work, { recursive: true, force: true });
}
