/** @file What tests of `slowfast ablate` compare: two inputs of Fast, on the six clips of UT-Interaction that the examples have. */
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MEDIA = fileURLToPath(
  new URL('../../../../../examples/media/ut-interaction/', import.meta.url),
);

/** The specification: two variants, one seed, each of two sequences tested on once. */
export const SPEC = `
name: Fast input
output: runs
base: base.json
grid:
  model.fastInput: [rgb, grey]
seeds: [1]
folds: { list: clips.csv, group: '_s(\\d\\d)_' }
`;

/** A new folder with the list, the configuration of training, and the specification as `spec.yaml`. */
export async function ablationFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slowfast-ablate-'));
  const clips = (await readdir(MEDIA)).filter((name) => name.endsWith('.avi')).sort();
  const lines = clips.map((name, i) => `${join(MEDIA, name)} ${i % 2}`);
  await writeFile(join(folder, 'clips.csv'), `${lines.join('\n')}\n`);
  const base = {
    name: 'tiny',
    output: 'never',
    data: { train: 'none.csv', frames: 4, stride: 4, size: 32, workers: 0 },
    model: { depth: 18, width: 8, alpha: 2, beta: 0.5, zeroInitialNorm: false },
    train: { epochs: 1, batch: 3, schedule: { lr: 0.001 }, optimizer: { kind: 'adamw' } },
    evaluate: { finalClips: 1 },
  };
  await writeFile(join(folder, 'base.json'), JSON.stringify(base));
  await writeFile(join(folder, 'spec.yaml'), SPEC);
  return folder;
}
