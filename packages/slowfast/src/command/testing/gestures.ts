/** @file What tests of training on skeletons train on: people who wave or step, as files of joints. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** COCO's joints of someone who stands, x and y in pixels of the nose. */
const BODY = [
  ...[0, 0, -3, -3, 3, -3, -6, -1, 6, -1, -15, 20, 15, 20, -20, 40, 20, 40, -22, 60, 22, 60],
  ...[-10, 65, 10, 65, -11, 95, 11, 95, -12, 125, 12, 125],
];
const VIDEOS = 10;

/** A new folder with ten files, the lists `train.csv` of six, which names three that cannot be used, and `test.csv` of four, and labels. */
export async function gesturesFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-gestures-'));
  await mkdir(join(folder, 'joints'));
  const lines: string[] = [];
  for (let i = 0; i < VIDEOS; i++) {
    const text = JSON.stringify({ width: 400, height: 300, frames: gesture(i % 2 === 0, i) });
    await writeFile(join(folder, 'joints', `${i}.json`), text);
    lines.push(`joints/${i}.json ${i % 2}`);
  }
  const hand = { people: [{ keypoints: Array.from({ length: 63 }, () => 0.5) }] };
  const broken = {
    nobody: { width: 9, height: 9, frames: [{ people: [] }] },
    hand: { width: 9, height: 9, frames: [hand] },
    'no-json': '{',
  };
  for (const [name, data] of Object.entries(broken)) {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    await writeFile(join(folder, 'joints', `${name}.json`), text);
    lines.splice(6, 0, `joints/${name}.json 0`);
  }
  await writeFile(join(folder, 'train.csv'), `${lines.slice(0, 9).join('\n')}\n`);
  await writeFile(join(folder, 'test.csv'), `${lines.slice(9).join('\n')}\n`);
  await writeFile(join(folder, 'labels.txt'), 'wave\nstep\n');
  return folder;
}

/** Arms are up and wave, or legs swing to the sides. */
const gesture = (waves: boolean, i: number) =>
  Array.from({ length: 20 + 3 * i }, (_, t) => {
    const swing = 20 * Math.sin(t / 3 + i);
    const keypoints = Array.from({ length: 17 }, (_, joint) => {
      const [x, y] = BODY.slice(2 * joint, 2 * joint + 2) as [number, number];
      const dx = !waves && joint >= 13 ? swing : 0;
      const dy = waves && joint >= 7 && joint <= 10 ? -40 - swing : 0;
      return [100 + 13 * i + x + dx, 60 + 5 * i + y + dy, 0.9];
    });
    return { people: [{ keypoints: keypoints.flat() }] };
  });

/** A configuration of training on them, with changes of its sections. */
export const gesturesRecipe = ({
  data,
  model,
  train,
  ...changes
}: {
  readonly data?: object;
  readonly model?: object;
  readonly train?: object;
  readonly [section: string]: unknown;
} = {}) =>
  JSON.stringify({
    name: 'gestures',
    output: 'run',
    data: {
      ...{ input: 'pose', train: 'train.csv', test: 'test.csv', labels: 'labels.txt' },
      ...{ frames: 4, stride: 1, size: 40, ...data },
    },
    model: { width: 8, zeroInitialNorm: false, ...model },
    train: {
      ...{ epochs: 18, batch: 6, schedule: { lr: 0.01 }, preciseBatchNorm: 4 },
      ...{ optimizer: { kind: 'adamw' }, ...train },
    },
    evaluate: { every: 18, finalClips: 2 },
    ...changes,
  });
