/** @file What tests of `slowfast train` train on: bars that move right or down, drawn here. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeVideo } from '@slowfast/video';

const SIDE = 48;
const VIDEOS = 8;

/** A new folder with eight clips, the lists `train.csv`, which names one that is not there, and `test.csv`, and labels. */
export async function barsFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-train-'));
  await mkdir(join(folder, 'clips'));
  const lines: string[] = [];
  for (let i = 0; i < VIDEOS; i++) {
    const path = join('clips', `${i}.mp4`);
    await writeVideo(join(folder, path), bars(i % 2 === 0, 4 * i), {
      width: SIDE,
      height: SIDE,
      fps: 30,
    });
    lines.push(`${path} ${i % 2}`);
  }
  await writeFile(join(folder, 'train.csv'), `${lines.join('\n')}\nclips/none.mp4 0\n`);
  await writeFile(join(folder, 'test.csv'), `${lines.slice(0, 4).join('\n')}\n`);
  await writeFile(join(folder, 'labels.txt'), 'right\ndown\n');
  return folder;
}

async function* bars(movesRight: boolean, start: number) {
  for (let t = 0; t < 16; t++) {
    const data = new Uint8Array(SIDE * SIDE * 3).fill(30);
    for (let i = 0; i < SIDE * SIDE; i++) {
      const at = movesRight ? i % SIDE : Math.floor(i / SIDE);
      if ((at - start - 3 * t + 4 * SIDE) % SIDE < 8) data.fill(220, 3 * i, 3 * i + 3);
    }
    yield { width: SIDE, height: SIDE, data };
  }
}

/** A configuration of training on them, with changes. */
export const barsRecipe = (folder: string, changes: object = {}): string =>
  JSON.stringify({
    name: 'bars',
    output: 'run',
    seed: 1,
    backend: 'auto',
    data: {
      train: join(folder, 'train.csv'),
      test: 'test.csv',
      labels: 'labels.txt',
      frames: 8,
      stride: 2,
      size: [32, 32],
      aspect: 'stretch',
      flip: false,
      workers: 0,
    },
    model: { depth: 18, width: 8, alpha: 4, beta: 0.25, zeroInitialNorm: false },
    train: {
      epochs: 2,
      batch: 4,
      schedule: { lr: 0.001 },
      optimizer: { kind: 'adamw' },
    },
    evaluate: { finalClips: 2 },
    ...changes,
  });
