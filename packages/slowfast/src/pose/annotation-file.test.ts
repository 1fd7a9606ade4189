/** @file Skeletons in a pickle as PYSKL lays it out, written by `goldens/annotations.py`. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAnnotationFile, readAnnotations } from './annotation-file.js';
import { skeletonStore } from './skeleton-store.js';

const FILE = fileURLToPath(new URL('goldens/annotations.pkl', import.meta.url));

it('reads the clips of a split, and their joints when they are asked for', async () => {
  const { list, readers } = await readAnnotations(`${FILE}#xsub_train`);
  expect(list.clips.map(({ path, labels }) => [path, labels])).toEqual([
    [`${FILE}#S001A001`, [0]],
    [`${FILE}#S001A002`, [1]],
    [`${FILE}#S001A003`, [1]],
  ]);
  const store = skeletonStore(0, readers);
  const { width, height, frames } = await store.read(`${FILE}#S001A002`);
  expect([width, height]).toEqual([400, 300]);
  expect(frames.map((people) => people.length)).toEqual([1, 1, 2, 2, 2]);
  // The second joint of the second person in the last frame: element 17 * 9 + 1.
  const at = 17 * 9 + 1;
  const joint = Array.from(frames[4]![1]!).slice(3, 6);
  expect(joint.slice(0, 2)).toEqual([100 + (at % 97), 80 + (at % 53)]);
  expect(joint[2]).toBeCloseTo(0.5 + (at % 5) / 10, 3);
  await expect(store.read(`${FILE}#S001A003`)).rejects.toThrow(
    /#S001A003: expected keypoint of \[people, frames, 17, 2\], at least one of each: x and y of COCO's joints, received \[1, 4, 25, 2\]/,
  );
  const nobody = (await readAnnotations(`${FILE}#xsub_val`)).readers.get(`${FILE}#S002A002`)!;
  await expect(nobody()).rejects.toThrow('received [0, 1000000000000, 17, 2]');
});

it('names the splits where none is chosen', async () => {
  await expect(readAnnotations(FILE)).rejects.toThrow(
    'annotations.pkl: expected # and one of xsub_train, xsub_val, received no split.',
  );
  await expect(readAnnotations(`${FILE}#train`)).rejects.toThrow('xsub_val, received train.');
});

it('refuses what is no such file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-annotations-'));
  try {
    const other = join(folder, 'other.pkl');
    await writeFile(other, 'no pickle');
    await expect(readAnnotations(other)).rejects.toThrow('other.pkl');
    const weights = new URL(
      '../../../checkpoints/src/goldens/checkpoints/caffe2_slowfast_nln_w2.pkl',
      import.meta.url,
    );
    await copyFile(weights, other);
    await expect(readAnnotations(other)).rejects.toThrow(
      /other\.pkl: expected annotations of skeletons, with annotations, received a dictionary of/,
    );
    const whole = await readFile(FILE);
    await writeFile(other, whole.subarray(0, whole.length / 2));
    await expect(readAnnotations(`${other}#xsub_val`)).rejects.toThrow('other.pkl: expected');
    await expect(readAnnotations(join(folder, 'none.pkl'))).rejects.toThrow('none.pkl');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('is told by its ending', () => {
  expect(['a.pkl', 'a.pickle#x', 'a.json', 'a.csv'].map(isAnnotationFile)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
