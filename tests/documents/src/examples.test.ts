/**
 * @file Every TypeScript example of every document compiles against the built packages as in a project of a user, and those
 * that a person tries first run: of the README and of "Start here". The reference tests run those of the packages' READMEs.
 */
import ts from 'typescript';
import { documents } from './documents.js';
import { COMPLETE, EXAMPLES, exampleFolder, isFirst, RUNNABLE } from './example-folder.js';

const folder = exampleFolder();
const problems = new Map<string, string[]>();

beforeAll(() => {
  const program = ts.createProgram(COMPLETE.map(folder.fileOf), {
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
});
afterAll(() => folder[Symbol.dispose]());

test.each(COMPLETE)('$name compiles', (example) => {
  expect(problems.get(folder.fileOf(example)) ?? []).toEqual([]);
});

test.each(RUNNABLE.filter(isFirst))('$name runs', (example) => folder.run(example));

test('few examples are excerpts, and every package has one that runs', () => {
  expect(EXAMPLES.length - COMPLETE.length).toBeLessThanOrEqual(3);
  // What @slowfast/browser shows is a page's, which runs in tests/src/browser-module.test.ts.
  const packages = documents('packages/').filter((path) =>
    /^packages\/(?!browser\/)[^/]+\/README\.md$/.test(path),
  );
  const running = new Set([...RUNNABLE.map(({ document }) => document)]);
  expect(packages.filter((path) => !running.has(path))).toEqual([]);
});
