/** @file The examples of the packages' READMEs and of "Plug in your own backbone" run; that all compile is in `examples.test.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';
import { exampleFolder, isFirst, RUNNABLE } from './example-folder.js';

const folder = exampleFolder();
afterAll(() => folder[Symbol.dispose]());

test.each(RUNNABLE.filter((example) => !isFirst(example)))('$name runs', async (example) => {
  const file = folder.fileOf(example);
  const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  writeFileSync(file.replace(/ts$/, 'js'), outputText);
  await folder.run(example);
});
