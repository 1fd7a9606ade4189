import { readFile } from 'node:fs/promises';
import {
  composeModel,
  describeModel,
  float32Tensor,
  graphCost,
  initialWeights,
} from '@slowfast/core';
import { interpret } from '@slowfast/core/testing';
import { classificationHead } from '@slowfast/heads';
import { bidirectional, r2plus1dSlowFast, threeRates, tryOut } from './afternoon.js';
import { r2plus1d } from './r2plus1d.js';
import { heldFrames } from './slow-to-fast.js';
import { temporalMax } from './temporal-max.js';

describe('a researcher’s afternoon', () => {
  it.each([
    ['a backbone of one’s own', () => tryOut(r2plus1dSlowFast(), 2)],
    ['three pathways', () => tryOut(threeRates(), 2)],
    ['laterals in both directions', () => tryOut(bidirectional(), 2)],
  ])('%s composes and runs', async (_what, run) => {
    const scores = await run();
    expect(scores.shape).toEqual([2, 10]);
    const sum = [...(scores.data as Float32Array).subarray(0, 10)].reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 5);
  });

  it('describes parts that the repository does not know', () => {
    const { laterals, stages } = describeModel(r2plus1dSlowFast());
    expect(laterals.map(({ kind, after }) => `${kind} ${after}`)).toEqual([
      'temporal-max stem',
      'temporal-max res2',
      'temporal-max res3',
    ]);
    const res3 = stages.find(({ pathway, stage }) => pathway === 'slow' && stage === 'res3')!;
    expect(res3.output.shape).toEqual(['N', 32, 4, 8, 8]);
    expect(res3.output.stride).toEqual({ t: 8, h: 8, w: 8 });
  });
});

describe('r2plus1d', () => {
  it('has the parameters of the 3-D network that it factorises (Tran et al. 2018, section 3.5)', () => {
    // 18 layers, 400 classes: a little below R3D-18's 33.4 M, since M is rounded down in each block.
    const model = composeModel({
      name: 'r2plus1d-18',
      size: 112,
      pathways: { slow: { backbone: r2plus1d(), frames: 8, temporalStride: 8 } },
      head: classificationHead({ pathways: ['slow'], classes: 400 }),
    });
    const r3d =
      3 * 64 * 3 * 49 +
      27 * (4 * 64 * 64 + 64 * 128 + 3 * 128 * 128 + 128 * 256) +
      27 * (3 * 256 * 256 + 256 * 512 + 3 * 512 * 512) +
      64 * 128 +
      128 * 256 +
      256 * 512 +
      512 * 400;
    expect(graphCost(model.graph).parameters / r3d).toBeGreaterThan(0.98);
    expect(graphCost(model.graph).parameters / r3d).toBeLessThan(1.01);
  });

  it('refuses blocks that are none', () => {
    expect(() => r2plus1d({ blocks: [2, 0, 2, 2] })).toThrow(
      new Error('r2plus1d.blocks: expected whole numbers of at least 1, received 0.'),
    );
  });
});

describe('lateral connections of one’s own', () => {
  const compose = (slowFrames: number, fastFrames: number) => {
    const stage = { name: 'stem', build: (g: Builder, x: Value) => g.relu(x) } as const;
    const backbone = { stages: [stage] };
    return composeModel({
      name: 'm',
      size: 4,
      pathways: {
        slow: { backbone, frames: slowFrames, temporalStride: fastFrames, channels: 2 },
        fast: { backbone, frames: fastFrames, temporalStride: slowFrames, channels: 1 },
      },
      laterals: [{ from: 'fast', to: 'slow', after: ['stem'], via: temporalMax() }],
      head: classificationHead({ pathways: ['slow'], classes: 2 }),
    });
  };
  type Builder = Parameters<ReturnType<typeof r2plus1d>['stages'][number]['build']>[0];
  type Value = Parameters<ReturnType<typeof r2plus1d>['stages'][number]['build']>[1];

  it('say in the usual form when frames do not divide', () => {
    expect(() => compose(5, 32)).toThrow(
      new Error(
        'lateral[fast->slow].stem: expected T of fast.stem to be a multiple of T = 5 of slow.stem, ' +
          'received T = 32 (α = 6.40). Choose frames of which one divides the other.',
      ),
    );
  });

  it('temporal-max takes the strongest of each group of frames', async () => {
    const model = compose(2, 4);
    const { graph } = model;
    const pooled = graph.nodes.find(({ op }) => op === 'max_pool3d')!.output;
    const fast = float32Tensor(
      [1, 1, 4, 4, 4],
      Float32Array.from({ length: 64 }, (_, i) => [3, 1, 2, 5][Math.floor(i / 16)]!),
    );
    const slow = float32Tensor([1, 2, 2, 4, 4], new Float32Array(64));
    const { values } = await interpret(
      { ...graph, outputs: { values: pooled } },
      initialWeights(graph),
      { slow, fast },
    );
    expect([...(values!.data as Float32Array)].filter((_, i) => i % 16 === 0)).toEqual([3, 5]);
  });

  it('held-frames gives each Slow frame to the Fast frames around it', () => {
    const { graph } = bidirectional();
    const gather = graph.nodes.find((node) => node.name === 'lateral.slow_to_fast.res2.gather')!;
    expect(gather.attrs).toEqual({
      axis: 2,
      indices: [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3],
    });
    expect(heldFrames({ channels: 1 }).kind).toBe('held-frames');
  });
});

describe('the guides', () => {
  it.each([
    ['writing-a-backbone', ['r2plus1d.ts']],
    ['writing-a-fusion', ['temporal-max.ts', 'slow-to-fast.ts']],
  ])('docs/%s.md shows the files as they are', async (guide, files) => {
    const text = await readFile(new URL(`../../docs/${guide}.md`, import.meta.url), 'utf8');
    for (const file of files) {
      const source = await readFile(new URL(file, import.meta.url), 'utf8');
      expect(text).toContain('```ts\n' + source + '```');
    }
  });
});
