/** @file Skeletons in a pickle as PYSKL lays it out, written by `goldens/annotations.py`. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { annotationFiles } from './annotation-file.js';
import { annotationPath } from './skeleton-file.js';
import { skeletonStore } from './skeleton-store.js';

const FILE = fileURLToPath(new URL('goldens/annotations.pkl', import.meta.url));

it('reads the clips of a split, and their joints when they are asked for', async () => {
  const annotations = annotationFiles();
  const { clips } = await annotations.list(`${FILE}#xsub_train`);
  expect(clips.map(({ path, labels }) => [path, labels])).toEqual([
    [`${FILE}#S001A001`, [0]],
    [`${FILE}#S001A002`, [1]],
    [`${FILE}#S001A003`, [1]],
  ]);
  const store = skeletonStore(0, annotations);
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
  await expect(annotations.read(`${FILE}#S002A002`)).rejects.toThrow(
    'received [0, 1000000000000, 17, 2]',
  );
  await expect(annotations.read(`${FILE}#S009A009`)).rejects.toThrow(
    '#S009A009: expected # and the name of a clip, received another.',
  );
});

it('names the splits where none is chosen', async () => {
  await expect(annotationFiles().list(FILE)).rejects.toThrow(
    'annotations.pkl: expected # and one of xsub_train, xsub_val, received no split.',
  );
  await expect(annotationFiles().list(`${FILE}#train`)).rejects.toThrow(
    'xsub_val, received train.',
  );
});

it('refuses what is no such file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-annotations-'));
  try {
    const other = join(folder, 'other.pkl');
    await writeFile(other, 'no pickle');
    await expect(annotationFiles().list(other)).rejects.toThrow('other.pkl');
    const weights = new URL(
      '../../../checkpoints/src/goldens/checkpoints/caffe2_slowfast_nln_w2.pkl',
      import.meta.url,
    );
    await copyFile(weights, other);
    await expect(annotationFiles().list(other)).rejects.toThrow(
      /other\.pkl: expected annotations of skeletons, with annotations, received a dictionary of/,
    );
    const whole = await readFile(FILE);
    await writeFile(other, whole.subarray(0, whole.length / 2));
    await expect(annotationFiles().list(`${other}#xsub_val`)).rejects.toThrow(
      'other.pkl: expected',
    );
    await expect(annotationFiles().list(join(folder, 'none.pkl'))).rejects.toThrow('none.pkl');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('is told by its ending', () => {
  expect(['/a.pkl', 'a#b.pickle#x y', 'a.json', 'a.csv'].map(annotationPath)).toEqual([
    { file: '/a.pkl' },
    { file: 'a#b.pickle', part: 'x y' },
    undefined,
    undefined,
  ]);
});
