/** A network trained by the exported program: two processes, killed and resumed, against this project's own training. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasPython, PYTHON } from './python.js';
import { killAll, kill, slowfast, start, writeRecipe, type Ended } from './training-program.js';
import { freePort } from './free-port.js';

const withTorch = (await hasPython(['torch', 'av', 'numpy'], 'torch av numpy')) ? it : it.skip;

interface Step {
  readonly kind: string;
  readonly step: number;
  readonly loss: number;
}

/** The last record of each step: a run that was killed does some again. */
async function lossesOf(folder: string): Promise<readonly number[]> {
  const text = await readFile(join(folder, 'metrics.jsonl'), 'utf8').catch(() => '');
  const steps = new Map<number, number>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const { kind, step, loss } = JSON.parse(line) as Step;
    if (kind === 'step') steps.set(step, loss);
  }
  return [...steps].sort(([a], [b]) => a - b).map(([, loss]) => loss);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('waited for a minute');
}

describe('a network on two processes', () => {
  let work: string;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'slowfast-pytorch-'));
    await writeRecipe(work);
  });
  afterAll(async () => {
    killAll();
    await rm(work, { recursive: true, force: true });
  });

  /** As torchrun starts them; that of Debian's torch does not run on its Python. */
  const train = async (folder: string, ...args: readonly string[]) => {
    const port = await freePort();
    const processes = [0, 1].map((rank) =>
      start(PYTHON, ['train.py', '--workers', '0', ...args], folder, {
        ...{ RANK: `${rank}`, LOCAL_RANK: `${rank}`, WORLD_SIZE: '2', LOCAL_WORLD_SIZE: '2' },
        ...{ MASTER_ADDR: '127.0.0.1', MASTER_PORT: `${port}` },
      }),
    );
    return { processes, ended: Promise.all(processes.map(({ ended }) => ended)) };
  };

  withTorch(
    'trains as here, killed and resumed, and what comes of it evaluates here as there',
    async () => {
      const folder = join(work, 'cluster');
      await slowfast('export', '--training', join(work, 'recipe.json'), '--pytorch', folder);
      await slowfast('train', join(work, 'recipe.json'));
      const first = await train(folder);
      await until(async () => (await lossesOf(join(folder, 'run'))).length >= 4);
      for (const { child } of first.processes) kill(child, 'SIGKILL');
      await first.ended;
      const second = await train(folder, '--resume');
      const [{ code, text }] = (await second.ended) as [Ended, Ended];
      expect([code, text]).toEqual([
        0,
        expect.stringMatching(/going on from checkpoint-0000000\d\.pth, epoch 1[^]*final\.pth/),
      ]);
      const [there, here] = await Promise.all([
        lossesOf(join(folder, 'run')),
        lossesOf(join(work, 'here')),
      ]);
      expect(there).toHaveLength(9);
      there.forEach((loss, i) => expect(Math.abs(loss - here[i]!)).toBeLessThan(2e-3));
      expect(Math.abs(there[0]! - here[0]!)).toBeLessThan(1e-5);

      const weights = join(work, 'back.safetensors');
      await slowfast('convert', join(folder, 'run/final.pth'), '-o', weights);
      const list = join(work, 'list.csv');
      const results = join(work, 'results');
      await slowfast('evaluate', '--data', list, '--weights', weights, '--results', results);
      const scores = await scoresOf(results);
      const { videos } = JSON.parse(
        await readFile(join(folder, 'run/evaluation.json'), 'utf8'),
      ) as Evaluation;
      expect(videos).toHaveLength(6);
      for (const video of videos) {
        video.scores.forEach((score, i) =>
          expect(Math.abs(score - scores.get(video.path)![i]!)).toBeLessThan(1e-4),
        );
      }
    },
  );

  withTorch('says what is missing, and stops with a checkpoint', async () => {
    const folder = join(work, 'stranger');
    await cp(join(work, 'cluster'), folder, { recursive: true });
    await rm(join(folder, 'run'), { recursive: true });
    const run = (...args: readonly string[]) =>
      start(PYTHON, ['train.py', '--workers', '0', ...args], folder);
    await writeFile(
      join(folder, 'train.csv'),
      `${await readFile(join(folder, 'train.csv'), 'utf8')}"gone.avi" 1\n`,
    );
    const stopped = run();
    await until(async () => (await lossesOf(join(folder, 'run'))).length >= 1);
    kill(stopped.child, 'SIGINT');
    const { code, text } = await stopped.ended;
    expect([code, text]).toEqual([
      130,
      expect.stringMatching(
        /1 of 7 videos are missing: .*gone\.avi[^]*stopped after step \d; go on by --resume/,
      ),
    ]);
    const again = await run().ended;
    expect([again.code, again.text]).toEqual([1, expect.stringContaining('Go on by --resume')]);
  });
});

interface Evaluation {
  readonly videos: readonly { readonly path: string; readonly scores: readonly number[] }[];
}

/** The scores that `slowfast evaluate --results` kept, by path. */
async function scoresOf(folder: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const scores = new Map<string, readonly number[]>();
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.json') && !name.endsWith('.jsonl')) continue;
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      if (!line.includes('"scores"')) continue;
      const record = JSON.parse(line) as {
        readonly file: string;
        readonly scores: readonly number[];
      };
      scores.set(record.file, record.scores);
    }
  }
  return scores;
}
