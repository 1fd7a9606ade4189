import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, GraphBuilder, initialWeights, keyedRandom } from '@slowfast/core';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { batchOf, type ClipSource, type SourceClip } from '../clip-source.js';
import { lossOf } from '../losses.js';
import { trainingModel } from '../training-model.js';
import { featureFile, type FeatureFileOptions } from './feature-file.js';
import { frozenFeatures, type FrozenFeatures } from './frozen-features.js';

const [CLIPS, CLASSES] = [5, 3];

/** Two stages with a way around the second, and a head that drops out. */
function network() {
  const g = GraphBuilder.empty('net');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 2, 2, 4, 4] });
  const stage = (name: string, from: typeof x) => {
    const s = g.scope(name);
    return s.relu(s.batchNorm(s.conv3d(from, { channels: 3, kernel: [1, 3, 3] })));
  };
  const first = stage('slow.res4', x);
  const joined = g.concat([stage('slow.res5', first), first]);
  const head = g.scope('head');
  const scores = head.linear(head.dropout(g.mean(joined, [2, 3, 4]), 0.5), CLASSES, 'projection');
  return { name: 'net', graph: g.build<string, 'scores'>({ scores }) };
}

const model = network();
const weights = initialWeights(model.graph, { seed: 1 });
const runtime = onnxRuntime({ threads: 1 });
const feeds = (clips: SourceClip['tensor']) => ({ x: clips });

const source: ClipSource = {
  length: CLIPS,
  async *epoch(epoch) {
    for (let position = 0; position < CLIPS; position++) {
      const next = keyedRandom(epoch, position);
      const data = Float32Array.from({ length: 64 }, () => 2 * next() - 1);
      yield {
        tensor: float32Tensor([1, 2, 2, 4, 4], data),
        labels: [position % CLASSES],
        position,
      };
    }
  },
};

async function clipsOf(clips: ClipSource, epoch: number, from = 0): Promise<SourceClip[]> {
  const all: SourceClip[] = [];
  for await (const clip of clips.epoch(epoch, { from })) all.push(clip);
  return all;
}

it.each(['backbone', 'before slow.res5'] as const)(
  'has the loss and gradients of the whole network, frozen: %s',
  async (freeze) => {
    const loss = lossOf({ classes: CLASSES });
    await using features = await frozenFeatures(model, weights, { runtime, freeze, feeds });
    const options = { runtime, freeze, loss: loss.graph };
    await using whole = await trainingModel(model, weights, options);
    await using part = await trainingModel(model, weights, { ...options, part: features.part });
    const clips = await clipsOf(source, 0);
    const rows = [];
    for (const clip of clips) rows.push({ ...clip, tensor: await features.rowOf(clip.tensor) });
    const targets = loss.targets(clips.map(({ labels }) => labels));
    const expected = await whole.lossAndGradients(feeds(batchOf(clips).clips), targets);
    const { clips: packed } = batchOf(rows);
    const found = await part.lossAndGradients(features.feeds(packed), targets);
    expect(found.loss).toBeCloseTo(expected.loss, 5);
    expect([...found.gradients.keys()]).toEqual([...expected.gradients.keys()]);
    for (const [name, gradient] of expected.gradients) {
      gradient.forEach((value, i) => {
        expect(found.gradients.get(name)![i]).toBeCloseTo(value, 5);
      });
    }
    // What is kept is the whole network, and what is tested is what was trained.
    expect([...part.weights().names]).toEqual([...whole.weights().names]);
    const scores = await part.run(features.feeds(packed));
    const same = await whole.run(feeds(batchOf(clips).clips));
    scores.scores.data.forEach((value, i) => {
      expect(Number(value)).toBeCloseTo(Number(same.scores.data[i]), 5);
    });
  },
);

describe('the file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slowfast-probe-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  let computed: number;
  /** The first number of a clip and its square. */
  const features: Pick<FrozenFeatures, 'rowOf' | 'size' | 'parallelRuns'> = {
    size: 2,
    parallelRuns: 2,
    rowOf: async ({ data: [first = 0] }) => {
      computed++;
      return float32Tensor([1, 2], Float32Array.of(first, first * first));
    },
  };
  const options = (changes: Partial<FeatureFileOptions> = {}): FeatureFileOptions => ({
    ...{ path: join(folder, 'features.bin'), key: 'a', clips: source, epochs: 2, features },
    ...{ maxBytes: 2 ** 20, seed: 3, ...changes },
  });
  beforeEach(() => {
    computed = 0;
  });

  it('gives every clip once an epoch, in the epoch’s own order, of the epochs in turn', async () => {
    await using file = await featureFile(options());
    expect(file).toMatchObject({ length: CLIPS, isFound: false });
    for (const epoch of [0, 1, 2]) {
      const rows = await clipsOf(file, epoch);
      const clips = await clipsOf(source, epoch % 2);
      const firsts = rows.map(({ tensor }) => tensor.data[0]!);
      expect([...firsts].sort()).toEqual(clips.map(({ tensor }) => tensor.data[0]!).sort());
      for (const { tensor, labels } of rows) {
        const own = clips.find((clip) => clip.tensor.data[0] === tensor.data[0])!;
        expect([labels, tensor.data[1]]).toEqual([
          own.labels,
          Math.fround(own.tensor.data[0]! ** 2),
        ]);
      }
      expect(await clipsOf(file, epoch, 3)).toEqual(rows.slice(3));
    }
    expect(await clipsOf(file, 0)).not.toEqual(await clipsOf(file, 2));
    expect(computed).toBe(2 * CLIPS);
  });

  it('is used again for the same key, and made anew for another', async () => {
    await (await featureFile(options()))[Symbol.asyncDispose]();
    await using again = await featureFile(options());
    expect([again.isFound, computed]).toEqual([true, 2 * CLIPS]);
    await using other = await featureFile(options({ key: 'b' }));
    expect([other.isFound, computed]).toEqual([false, 4 * CLIPS]);
  });

  it('is refused where it would be too large, before anything is computed', async () => {
    await expect(featureFile(options({ maxBytes: 79, epochs: 2 }))).rejects.toThrow(
      'probe: expected features of at most 0 MiB, received 1 MiB for 10 clips of 2 numbers.',
    );
    expect(computed).toBe(0);
  });

  it('that was cut off gives no rows of zeros', async () => {
    await (await featureFile(options()))[Symbol.asyncDispose]();
    const { path } = options();
    await truncate(path, 17);
    await using file = await featureFile(options());
    await expect(clipsOf(file, 0)).rejects.toThrow(
      `${path}: expected all rows of its list, received a file that ends before. Delete it and its list, and resume.`,
    );
  });

  it('leaves nothing behind that is not complete', async () => {
    const stop = new AbortController();
    const onProgress = (done: number): void => {
      if (done === 3) stop.abort(new Error('enough'));
    };
    const stopped = featureFile(options({ signal: stop.signal, onProgress }));
    await expect(stopped).rejects.toThrow('enough');
    expect(await readdir(folder)).toEqual([]);
  });
});
