/** Networks of the catalog and of training configurations in PyTorch: outputs, gradients, names, exact weights. */
import {
  bytesSource,
  readSafetensors,
  writeSafetensors,
  type HostTensor,
  type WeightStore,
} from '@slowfast/core';
import { formulaClip, formulaStore, interpret } from '@slowfast/core/testing';
import { loadCheckpoint } from '@slowfast/checkpoints';
import { catalogModel, modelNames, networkFromConfig, type ModelName } from '@slowfast/models';
import { pythonWithTorch, runInTorch, type TorchJob } from '@slowfast/pytorch/testing';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { lossOf, trainingModel } from '@slowfast/training';

const python = await pythonWithTorch();
const withTorch = python === undefined ? it.skip : it;

/** Two pathways with laterals, one alone, pooling in time with non-local blocks, people in boxes. */
const STRUCTURES: readonly ModelName[] = [
  'slowfast-4x16-r50',
  'fast-32x2-r50',
  'i3d-nln-8x8-r50',
  'slowfast-4x16-r50-ava',
];

/** By hand all of them. */
const MODELS = process.env['SLOWFAST_PYTORCH_MODELS'] === 'all' ? modelNames() : STRUCTURES;

const formula = ({ params }: TorchJob['model']['graph']): WeightStore =>
  formulaStore([...params.values()].map(({ name, type }) => [name, type.shape as number[]]));

const BOXES: HostTensor = {
  dtype: 'float32',
  shape: [3, 5],
  data: Float32Array.from([0, 5, 6, 40, 50, 1, 0, 0, 63, 63, 1, 20.5, 30.25, 33, 60]),
};

function feedsOf({ inputs }: TorchJob['model']['graph']): Record<string, HostTensor> {
  const feeds = Object.entries(inputs).map(([name, { type }]) => {
    if (name === 'boxes') return [name, BOXES] as const;
    return [
      name,
      formulaClip(
        type.shape.map((dim) => (dim === 'N' ? 2 : (dim as number))),
        name,
      ),
    ] as const;
  });
  return Object.fromEntries(feeds);
}

/** The same weights from a file of safetensors. */
async function fromSafetensors(weights: WeightStore): Promise<WeightStore> {
  const chunks: Uint8Array[] = [];
  const sink = { write: async (chunk: Uint8Array) => void chunks.push(chunk.slice()) };
  await writeSafetensors(weights, { sink });
  return readSafetensors(bytesSource(new Uint8Array(Buffer.concat(chunks)), 'net.safetensors'));
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / scale;
}

describe('models of the catalog', () => {
  const jobs = MODELS.map((name): TorchJob => {
    const { model } = catalogModel(name, { classes: 5, width: 8, size: 32, trainCrop: 32 });
    return { model, weights: formula(model.graph), feeds: feedsOf(model.graph) };
  });

  withTorch('give what they give here, and their weights back to the bit', async () => {
    const files = await Promise.all(
      jobs.map(async (job) => ({ ...job, weights: await fromSafetensors(job.weights) })),
    );
    const results = await runInTorch(python!, files);
    for (const [i, { model, weights, feeds }] of jobs.entries()) {
      await using compiled = await onnxRuntime({ threads: 2 }).compile(model, weights);
      const { scores } = await compiled.run(feeds);
      const { output, saved } = results[i]!;
      expect([model.name, largestDifference(scores!.data as Float32Array, output) < 1e-5]).toEqual([
        model.name,
        true,
      ]);
      const pathway = 'pathways' in model ? Object.keys(model.pathways as object)[0]! : 'slow';
      const checkpoint = await loadCheckpoint(bytesSource(saved, 'saved.pth'), { pathway });
      const store = await fromSafetensors(checkpoint.store);
      expect([...store.names].sort()).toEqual([...model.graph.params.keys()].sort());
      for (const name of store.names) {
        const [back, own] = await Promise.all([store.read(name), weights.read(name)]);
        expect(
          Buffer.from(back.data.buffer, back.data.byteOffset, back.data.byteLength).equals(
            Buffer.from(own.data.buffer),
          ),
        ).toBe(true);
      }
    }
  });
});

/** The reference interpreter as a runtime: float64 within. */
const REFERENCE = {
  compile: async (model: TorchJob['model'], weights: WeightStore) =>
    ({
      ...model,
      inputs: Object.fromEntries(
        Object.entries(model.graph.inputs).map(([name, { type }]) => [name, type]),
      ),
      run: (feeds: Record<string, HostTensor>) => interpret(model.graph, weights, feeds),
      [Symbol.asyncDispose]: async () => undefined,
    }) as never,
};

describe('networks of training configurations', () => {
  const config = (model: object, data: object = {}) => ({
    name: 'net',
    data: { frames: 4, stride: 2, fps: 30, size: 32, aspect: 'keep' as const, ...data },
    train: {},
    model: { depth: 18 as const, width: 4, dropout: 0, alpha: 4, beta: 1 / 4, ...model },
  });

  withTorch('have the same gradients', async () => {
    const { graph: loss, targets } = lossOf({ classes: 4 });
    const jobs = [
      config({}),
      config({ lateral: 'ttoc-sum' }),
      config({ kind: 'fast', depth: 50, width: 8 }),
      config({ kind: 'audiovisual', width: 8 }, { sound: { frames: 32, mels: 16 } }),
    ].map((one): TorchJob => {
      const { model } = networkFromConfig(one, 4);
      const feeds = feedsOf(model.graph);
      return { model, weights: formula(model.graph), feeds, targets: targets([[1], [3]]) };
    });
    const results = await runInTorch(python!, jobs);
    for (const [i, { model, weights, feeds, targets: wanted }] of jobs.entries()) {
      const runtime = REFERENCE as never;
      await using training = await trainingModel(model, weights, { runtime, loss: loss as never });
      const own = await training.lossAndGradients(feeds as never, wanted as never);
      const { loss: theirs, gradients } = results[i]!;
      expect(Math.abs(own.loss - theirs!)).toBeLessThan(1e-6);
      expect([...own.gradients.keys()].sort()).toEqual([...gradients!.keys()].sort());
      const off = [...own.gradients].map(
        ([name, data]) => [name, largestDifference(gradients!.get(name)!, data)] as const,
      );
      expect(off.filter(([, difference]) => !(difference < 1e-4))).toEqual([]);
    }
  });
});
