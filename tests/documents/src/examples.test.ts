/**
 * @file Every TypeScript example of every document compiles against the built packages as in a project of a user,
 * and those that a person tries first run: of the READMEs, of "Start here" and of "Plug in your own backbone".
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { ROOT, documents, examplesOf, type Example } from './documents.js';

const at = (path: string): string => fileURLToPath(new URL(path, ROOT));
const EXAMPLES = documents().flatMap(examplesOf);
const COMPLETE = EXAMPLES.filter(({ kind }) => kind !== 'excerpt');
const RUNNABLE = COMPLETE.filter(({ document, kind, code }) => {
  const first =
    /^(?:packages\/[^/]+\/)?README\.md$/.test(document) ||
    ['docs/start-here.md', 'docs/plug-in-your-own-backbone.md'].includes(document);
  return first && kind === 'program' && code.includes('import ');
});

const folder = mkdtempSync(join(tmpdir(), 'slowfast-examples-'));
const fileOf = ({ name }: Example): string => join(folder, `${name.replace(/[^\w]+/g, '-')}.ts`);
const problems = new Map<string, string[]>();

beforeAll(() => {
  symlinkSync(at('node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const example of COMPLETE) writeFileSync(fileOf(example), `${example.code}\nexport {};\n`);
  const program = ts.createProgram(COMPLETE.map(fileOf), {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
  });
  program.emit();
  for (const { file, messageText } of ts.getPreEmitDiagnostics(program)) {
    const name = file?.fileName ?? '';
    const found = [
      ...(problems.get(name) ?? []),
      ts.flattenDiagnosticMessageText(messageText, '\n'),
    ];
    problems.set(name, found);
  }
  const video = at('examples/media/ut-interaction/handshake_s09_c52.avi');
  cpSync(video, join(folder, 'clip.mp4'));
  cpSync(video, join(folder, 'a.mp4'));
  cpSync(video, join(folder, 'b.mp4'));
  writeFileSync(join(folder, 'train.csv'), 'a.mp4 0\nb.mp4 1\n');
  cpSync(
    at('packages/checkpoints/src/goldens/checkpoints/pyslowfast_slowfast_w8.pyth'),
    join(folder, 'SLOWFAST_8x8_R50.pyth'),
  );
  mkdirSync(join(folder, 'videos'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(COMPLETE)('$name compiles', (example) => {
  expect(problems.get(fileOf(example)) ?? []).toEqual([]);
});

test.each(RUNNABLE)('$name runs', async (example) => {
  const script = fileOf(example).replace(/ts$/, 'js');
  const env = { ...process.env, NODE_OPTIONS: '' };
  await promisify(execFile)(process.execPath, [script], { cwd: folder, env });
});

test('few examples are excerpts, and every package has one that runs', () => {
  expect(EXAMPLES.length - COMPLETE.length).toBeLessThanOrEqual(3);
  // What @slowfast/browser shows is a page's, which runs in tests/src/browser-module.test.ts.
  const packages = documents('packages/').filter((path) =>
    /^packages\/(?!browser\/)[^/]+\/README\.md$/.test(path),
  );
  const running = new Set([...RUNNABLE.map(({ document }) => document)]);
  expect(packages.filter((path) => !running.has(path))).toEqual([]);
});
