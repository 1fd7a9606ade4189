/** @file The TypeScript examples of all documents as files of a project of a user, beside what they read. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT, documents, examplesOf, type Example } from './documents.js';

const at = (path: string): string => fileURLToPath(new URL(path, ROOT));

export const EXAMPLES = documents().flatMap(examplesOf);

/** Those that are whole programs. */
export const COMPLETE = EXAMPLES.filter(({ kind }) => kind !== 'excerpt');

/** Those that a person tries first: of the READMEs, of "Start here" and of "Plug in your own backbone". */
export const RUNNABLE = COMPLETE.filter(({ document, kind, code }) => {
  const first =
    /^(?:packages\/[^/]+\/)?README\.md$/.test(document) ||
    ['docs/start-here.md', 'docs/plug-in-your-own-backbone.md'].includes(document);
  return first && kind === 'program' && code.includes('import ');
});

/** Of these, what every run of the tests runs: the first that anybody sees. */
export const isFirst = ({ document }: Example): boolean =>
  /^(README|docs\/start-here)\.md$/.test(document);

/** A folder with the examples, in which they compile and run. */
export interface ExampleFolder extends Disposable {
  fileOf(example: Example): string;
  /** Runs what became of an example's file. */
  run(example: Example): Promise<void>;
}

export function exampleFolder(): ExampleFolder {
  const folder = mkdtempSync(join(tmpdir(), 'slowfast-examples-'));
  const fileOf = ({ name }: Example): string => join(folder, `${name.replace(/[^\w]+/g, '-')}.ts`);
  symlinkSync(at('node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const example of COMPLETE) writeFileSync(fileOf(example), `${example.code}\nexport {};\n`);
  const video = at('examples/media/ut-interaction/handshake_s09_c52.avi');
  for (const name of ['clip.mp4', 'a.mp4', 'b.mp4']) cpSync(video, join(folder, name));
  writeFileSync(join(folder, 'train.csv'), 'a.mp4 0\nb.mp4 1\n');
  cpSync(
    at('packages/checkpoints/src/goldens/checkpoints/pyslowfast_slowfast_w2.pyth'),
    join(folder, 'SLOWFAST_8x8_R50.pyth'),
  );
  mkdirSync(join(folder, 'videos'));
  return {
    fileOf,
    run: async (example) => {
      const script = fileOf(example).replace(/ts$/, 'js');
      const env = { ...process.env, NODE_OPTIONS: '' };
      await promisify(execFile)(process.execPath, [script], { cwd: folder, env });
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
