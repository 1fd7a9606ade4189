/** @file A network as a folder that trains on a cluster: `model.py`, `weights.pth`, `training.json`, `train.py`. */
import {
  checkArguments,
  csvQuoted,
  writeFileAtomic,
  writeTextAtomic,
  type WeightStore,
} from '@slowfast/core';
import { torchCheckpoint } from './archive/checkpoint.js';
import type { Pickled } from './archive/pickle.js';
import { pytorchModel, type NamedGraph } from './network/model-file.js';
import { makeOutputFolder } from './output-folder.js';
import type { ProgramTraining } from './training.js';

/** A clip of a list. */
export interface ProgramClip {
  /** Path below the list's root. */
  readonly path: string;
  readonly labels: readonly number[];
}

/** What {@link writeProgram} writes. */
export interface Program {
  readonly model: NamedGraph;
  readonly weights: WeightStore;
  /** What the weights say about themselves; it comes back with them. */
  readonly metadata: Readonly<Record<string, string>>;
  /** How it is trained; without it the folder has no `train.py`. */
  readonly training?: ProgramTraining;
  /** Written as `train.csv` and `test.csv`; without them those are up to the user. */
  readonly lists?: Readonly<Partial<Record<'train' | 'test', readonly ProgramClip[]>>>;
}

/** The key of a checkpoint under which the metadata of its weights are. */
export const METADATA_ENTRY = 'slowfast';

/** The programs of this package that go along. */
const PROGRAMS = ['train.py', 'clips.py'];

/**
 * Writes a network as a PyTorch program, and gives the names of its files. Throws SpecError for a folder that
 * cannot be made and for names that torch.nn cannot have.
 *
 * @example
 * await writeProgram('cluster', { model, weights, metadata: {}, training });
 */
export async function writeProgram(
  folder: string,
  program: Program,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  checkArguments('writeProgram', { folder: [folder, 'string'], program: [program, 'object'] });

  const { model, weights, metadata, training, lists = {} } = program;
  const { readFile } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises'
  );
  const { join } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:path');
  const texts = new Map([['model.py', pytorchModel(model)]]);
  if (training) {
    texts.set('training.json', `${JSON.stringify(training, undefined, 2)}\n`);
    for (const name of PROGRAMS) {
      texts.set(name, await readFile(new URL(`../python/${name}`, import.meta.url), 'utf8'));
    }
    for (const [name, clips] of Object.entries(lists)) texts.set(`${name}.csv`, listText(clips));
  }
  texts.set('README.md', readme(program));
  await makeOutputFolder(folder);
  const entries = new Map<string, Pickled>([[METADATA_ENTRY, new Map(Object.entries(metadata))]]);
  await writeFileAtomic(
    join(folder, 'weights.pth'),
    async (sink) => {
      for await (const chunk of torchCheckpoint(weights, { entries })) await sink.write(chunk);
    },
    signal,
  );
  for (const [name, text] of texts) await writeTextAtomic(join(folder, name), text);
  return [...texts.keys(), 'weights.pth'];
}

const listText = (clips: readonly ProgramClip[]): string =>
  clips
    .map(
      ({ path, labels }) =>
        `${csvQuoted(path)} ${labels.length === 1 ? labels[0] : `"${labels.join()}"`}\n`,
    )
    .join('');

function readme({ model, training, lists }: Program): string {
  const lines = [
    `# ${model.name} in PyTorch`,
    '',
    'Written by SlowFast.ts. `model.py` is the network in plain `torch.nn`, `weights.pth` its weights.',
    '',
    ...(training ? trainingLines(lists !== undefined) : loadingLines),
  ];
  return `${lines.join('\n')}\n`;
}

const loadingLines = [
  '```python',
  'import torch',
  'from model import Network',
  '',
  'network = Network()',
  'network.load_state_dict(torch.load("weights.pth", weights_only=True)["model_state"])',
  '```',
];

const trainingLines = (hasLists: boolean): readonly string[] => [
  '```sh',
  'pip install torch av numpy',
  'torchrun --nproc-per-node 8 train.py',
  '```',
  '',
  hasLists
    ? '`train.csv` and `test.csv` hold the videos; `--videos FOLDER` says where they are on this machine.'
    : 'Put `train.csv` and `test.csv` beside it first: a line for each video, `"path" label`.',
  'What is trained and how stands in `training.json`. `python train.py --help` lists the options; `--resume` goes on',
  'after Ctrl-C, SIGTERM or a crash.',
  '',
  'The weights go back to SlowFast.ts by:',
  '',
  '```sh',
  'slowfast convert run/final.pth -o final.safetensors',
  '```',
];
