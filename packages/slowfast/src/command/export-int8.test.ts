/** @file `slowfast export --precision int8` as a user runs it, on the trained model that comes with the project. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadOnnx } from '@slowfast/runtime-onnx';
import { Interrupted } from './terminal.js';
import { runSlowfast, slowfast } from './testing/run-slowfast.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const TRAINED = at('../../../models/assets/ut-interaction/weights.safetensors');
const VIDEOS = at('../../../../examples/media/ut-interaction');
/** Beside the videos is their list. */
const LEFT_OUT = `note: left out of ${VIDEOS}: 1 no videos\n`;
const VIDEO = join(VIDEOS, 'hug_s10_c58.avi');

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-int8-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const exported = (output: string, ...rest: string[]): readonly string[] => [
  ...['export', '--weights', TRAINED, '--precision', 'int8', '-o', output, ...rest],
];

async function scoresOf(model: string): Promise<ReadonlyMap<string, number>> {
  const { code, out } = await slowfast(
    ...['classify', VIDEO, '--model', model, '--views', '2x1', '--top', '6', '--json'],
  );
  expect(code).toBe(0);
  const { predictions } = JSON.parse(out) as { predictions: { label: string; score: number }[] };
  return new Map(predictions.map(({ label, score }) => [label, score]));
}

it('gives a smaller file that scores videos as float does, nearly', async () => {
  const [file, saved] = [join(folder, 'int8.onnx'), join(folder, 'calibration.json')];
  const clips = ['--calibrate', VIDEOS, '--calibration-clips', '4'];
  const done = await slowfast(...exported(file, ...clips, '--save-calibration', saved, '--json'));
  expect(done).toMatchObject({ code: 0, err: LEFT_OUT });
  expect(JSON.parse(done.out)).toMatchObject({
    ...{ precision: 'int8', lowering: 'auto', trained: true, calibrationClips: 4 },
  });
  await using loaded = await loadOnnx(file);
  expect(loaded.metadata).toMatchObject({ precision: 'int8', trained: true });
  const plain = join(folder, 'float.onnx');
  expect((await slowfast('export', '--weights', TRAINED, '-o', plain)).code).toBe(0);
  const [float, int8] = [await scoresOf(plain), await scoresOf(file)];
  for (const [label, score] of float) expect(Math.abs(int8.get(label)! - score)).toBeLessThan(0.1);
  expect(int8).not.toEqual(float);
  const bytes = await readFile(file);
  expect(bytes.byteLength).toBeLessThan((await readFile(plain)).byteLength / 2);
  // What was kept gives the same file again, without videos.
  const again = join(folder, 'again.onnx');
  expect((await slowfast(...exported(again, '--calibrate', saved))).code).toBe(0);
  expect(bytes.equals(await readFile(again))).toBe(true);
});

it('takes a list of videos, and leaves nothing when one is broken', async () => {
  const broken = join(folder, 'broken.mp4');
  await writeFile(broken, 'this is no video');
  const list = join(folder, 'list.csv');
  await writeFile(list, `${VIDEO} 0\n${broken} 1\n`);
  const before = await readdir(folder);
  const output = join(folder, 'int8.onnx');
  const one = await slowfast(...exported(output, '--calibrate', list, '--calibration-clips', '2'));
  expect(one.code).toBe(1);
  expect(one.err).toContain(`error: ${broken}: expected `);
  expect(await readdir(folder)).toEqual(before);
});

it('leaves nothing when it is interrupted while it looks at clips', async () => {
  const controller = new AbortController();
  const work = runSlowfast(
    exported(join(folder, 'int8.onnx'), '--calibrate', VIDEOS, '--calibration-clips', '9000'),
    { signal: controller.signal },
  );
  setTimeout(() => controller.abort(new Interrupted()), 500);
  expect(await work).toMatchObject({ code: 130, err: `${LEFT_OUT}interrupted\n` });
  expect(await readdir(folder)).toEqual([]);
});

it.each([
  [
    ['--precision', 'int8'],
    '--precision int8: expected --calibrate with a list or a folder of videos, received none',
  ],
  [
    ['--precision', 'int8', '--calibrate', VIDEOS, '--calibration-clips', '0'],
    "--calibration-clips: expected a whole number of at least 1, received '0'.",
  ],
  [
    ['--precision', 'float16', '--calibrate', VIDEOS],
    '--calibrate and what belongs to it: for --precision int8 only',
  ],
])('%j is an error of usage', async (flags, message) => {
  const argv = ['export', '--weights', TRAINED, '-o', join(folder, 'x.onnx'), ...flags];
  expect(await slowfast(...argv)).toMatchObject({ code: 2, err: `error: ${message}\n` });
});

it('says what is no calibration, and where there are no videos', async () => {
  const file = join(folder, 'calibration.json');
  await writeFile(file, '{"model": ');
  const output = join(folder, 'x.onnx');
  expect((await slowfast(...exported(output, '--calibrate', file))).err).toBe(
    `error: ${file}: expected JSON, received "{\\"model\\": ". Calibrate again.\n`,
  );
  const empty = join(folder, 'empty');
  await mkdir(empty);
  expect((await slowfast(...exported(output, '--calibrate', empty))).err).toContain(
    `error: ${empty}: expected a folder with videos`,
  );
});
