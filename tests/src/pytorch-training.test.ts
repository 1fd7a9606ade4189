/** A network trained by the exported program: two processes, killed and resumed, against this project's own training. */
import { spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasPython, PYTHON } from './python.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = join(ROOT, 'packages/slowfast/bin/slowfast.js');
const VIDEOS = join(ROOT, 'examples/media/ut-interaction');

const withTorch = (await hasPython(['torch', 'av', 'numpy'], 'torch av numpy')) ? it : it.skip;

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

const children = new Set<ChildProcess>();

/** A program of its own process group, so that all of it can be killed. */
function started(
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

const killed = ({ pid }: ChildProcess, signal: NodeJS.Signals): void =>
  void process.kill(-pid!, signal);

async function slowfast(...args: readonly string[]): Promise<string> {
  const { code, text } = await started(process.execPath, [COMMAND, ...args]).ended;
  if (code !== 0) throw new Error(text);
  return text;
}

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

/** A port that nothing has now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
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
  });
  afterAll(async () => {
    for (const child of children) killed(child, 'SIGKILL');
    await rm(work, { recursive: true, force: true });
  });

  /** As torchrun starts them; that of Debian's torch does not run on its Python. */
  const train = async (folder: string, ...args: readonly string[]) => {
    const port = await freePort();
    const processes = [0, 1].map((rank) =>
      started(PYTHON, ['train.py', '--workers', '0', ...args], folder, {
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
      for (const { child } of first.processes) killed(child, 'SIGKILL');
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

  withTorch('says what is wrong, and stops with a checkpoint', async () => {
    const folder = join(work, 'stranger');
    await cp(join(work, 'cluster'), folder, { recursive: true });
    await rm(join(folder, 'run'), { recursive: true });
    const run = (...args: readonly string[]) =>
      started(PYTHON, ['train.py', '--workers', '0', ...args], folder);
    const [help, lost] = await Promise.all([
      run('--help').ended,
      run('--videos', '/nowhere').ended,
    ]);
    expect([help.code, help.text]).toEqual([
      0,
      expect.stringContaining('torchrun --nproc-per-node 8 train.py'),
    ]);
    expect([lost.code, lost.text]).toEqual([
      1,
      expect.stringMatching(/expected its videos in \/nowhere, received none of 6[^]*--videos/),
    ]);
    await writeFile(
      join(folder, 'train.csv'),
      `${await readFile(join(folder, 'train.csv'), 'utf8')}"gone.avi" 1\n`,
    );
    const stopped = run();
    await until(async () => (await lossesOf(join(folder, 'run'))).length >= 1);
    killed(stopped.child, 'SIGINT');
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
