/** @file What tests of the exported training program start and stop: the command, and Python, in process groups of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = join(ROOT, 'packages/slowfast/bin/slowfast.js');
const VIDEOS = join(ROOT, 'examples/media/ut-interaction');

/** How a program ended, and all that it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly text: string;
}

const children = new Set<ChildProcess>();

/** A program of its own process group, so that all of it can be killed. */
export function start(
  file: string,
  args: readonly string[],
  cwd?: string,
  own: Readonly<Record<string, string>> = {},
) {
  const env = {
    ...process.env,
    NODE_OPTIONS: '',
    OMP_NUM_THREADS: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    ...own,
  };
  const child = spawn(file, args, { cwd, env, detached: true });
  children.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (piece) => (text += String(piece)));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      children.delete(child);
      resolve({ code, text });
    });
  });
  return { child, ended };
}

/** Ends a program and all that it started. */
export const kill = ({ pid }: ChildProcess, signal: NodeJS.Signals): void =>
  void process.kill(-pid!, signal);

/** Ends what a test left behind. */
export function killAll(): void {
  for (const child of children) kill(child, 'SIGKILL');
}

/** Runs the built command. */
export async function slowfast(...args: readonly string[]): Promise<string> {
  const { code, text } = await start(process.execPath, [COMMAND, ...args]).ended;
  if (code !== 0) throw new Error(text);
  return text;
}

/** Writes a list of six videos and a tiny configuration of training on them, `recipe.json`. */
export async function writeRecipe(work: string): Promise<void> {
  const videos = (await readdir(VIDEOS)).filter((name) => name.endsWith('.avi')).sort();
  const list = videos.map((name, i) => `"${join(VIDEOS, name)}" ${i % 3}\n`).join('');
  await writeFile(join(work, 'list.csv'), list);
  // Shares of one clip each, as two processes have them; dropout is drawn by each engine in its own way.
  const recipe = {
    name: 'tiny',
    output: 'here',
    data: {
      train: 'list.csv',
      test: 'list.csv',
      frames: 8,
      stride: 2,
      size: 48,
      store: 'full',
      colour: { contrast: 0.2 },
    },
    model: { depth: 18, width: 8, alpha: 4, beta: 0.25, dropout: 0 },
    train: {
      epochs: 3,
      batch: 2,
      shares: 2,
      schedule: { lr: 0.01, warmupEpochs: 1 },
      loss: { labelSmoothing: 0.1 },
    },
    evaluate: { every: 3, finalClips: 2 },
    checkpoint: { steps: 1 },
  };
  await writeFile(join(work, 'recipe.json'), JSON.stringify(recipe));
}
