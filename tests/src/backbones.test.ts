/** @file Further backbones: against PyTorchVideo, against published costs, and as pathways beside others. */
import { csn, fastPlan, movinet, r2plus1d, resnet, slowPlan, x3d } from '@slowfast/backbones';
import { fromZooName, toZooName, zooLayout } from '@slowfast/checkpoints';
import { composeModel, initialWeights, type HostTensor } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { timeStridedConv } from '@slowfast/fusion';
import { classificationHead } from '@slowfast/heads';
import { catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';
import {
  backboneDisagreement,
  WRITTEN_DOWN,
  writtenDownDisagreement,
} from './backbone-networks.js';

test('X3D-S gives what PyTorchVideo gives', async () => {
  expect(await backboneDisagreement('x3d_s_160')).toEqual({});
}, 120_000);

test.each(Object.keys(WRITTEN_DOWN) as (keyof typeof WRITTEN_DOWN)[])(
  "%s gives what PyTorch's functions give",
  async (name) => {
    expect(await writtenDownDisagreement(name)).toEqual({});
  },
  60_000,
);

test.each([
  ['pyslowfast', 'x3d-m', 's1.pathway0_stem.conv_xy.weight'],
  ['pytorchvideo', 'x3d-m', 'blocks.0.conv.conv_t.weight'],
  ['pytorchvideo', 'r2plus1d-16x4-r50', 'blocks.0.conv.weight'],
  ['pytorchvideo', 'ir-csn-32x2-r101', 'blocks.0.conv.weight'],
] as const)('names of %s for %s go there and back', (zoo, name, first) => {
  const ours = [...catalogModel(name, { zoo }).model.graph.params.keys()];
  const layout = zooLayout('slowfast', ours);
  const theirs = ours.map((param) => toZooName(zoo, param, layout)!);
  expect(theirs[0]).toBe(first);
  expect(zooLayout(zoo, theirs)).toEqual(layout);
  expect(theirs.map((param) => fromZooName(zoo, param, layout))).toEqual(ours);
});

describe('as pathways of a SlowFast network', () => {
  const width = 16;
  const pathways = {
    'X3D as Slow': { slow: x3d({ width: 8, depthFactor: 1 }), fast: 'resnet' },
    'X3D as Fast': { slow: 'resnet', fast: x3d({ width: 8, depthFactor: 1 }) },
    'CSN as Slow': { slow: csn({ depth: 50, width, temporalStrides: {} }), fast: 'resnet' },
    'ip-CSN as Fast': {
      slow: 'resnet',
      fast: csn({ depth: 50, width: 8, interactions: 'ip', temporalStrides: {} }),
    },
    'ResNeXt as Slow': {
      slow: resnet({ depth: 50, width, temporalKernels: slowPlan, groups: 8, innerRatio: 2 }),
      fast: 'resnet',
    },
    'MoViNet as Fast': { slow: x3d({ width: 8, depthFactor: 1 }), fast: movinet() },
    'R(2+1)D as Fast': {
      slow: 'resnet',
      fast: r2plus1d({ width: 8, temporalStrides: {}, stemPool: true, spatialStrides: {} }),
    },
  } as const;

  it.each(Object.entries(pathways))(
    '%s: composed, described, the same on both runtimes',
    async (name, { slow, fast }) => {
      const model = composeModel({
        name,
        size: 64,
        pathways: {
          slow: {
            backbone:
              slow === 'resnet' ? resnet({ depth: 50, width, temporalKernels: slowPlan }) : slow,
            frames: 2,
            temporalStride: 16,
          },
          fast: {
            backbone:
              fast === 'resnet' ? resnet({ depth: 18, width: 8, temporalKernels: fastPlan }) : fast,
            frames: 8,
            temporalStride: 4,
          },
        },
        // The stem of X3D has twice the size of the others'.
        laterals: [
          { from: 'fast', to: 'slow', after: ['res2', 'res3', 'res4'], via: timeStridedConv() },
        ],
        head: classificationHead({ pathways: ['slow', 'fast'], classes: 10 }),
      });
      const weights = initialWeights(model.graph, { seed: 1 });
      const clip = formulaClip([1, 3, 8, 64, 64]);
      const feeds = { slow: formulaClip([1, 3, 2, 64, 64]), fast: clip };
      const scores: HostTensor[] = [];
      for (const runtime of [onnxRuntime({ backend: 'node' }), tfjsRuntime({ backend: 'wasm' })]) {
        await using compiled = await runtime.compile(model, weights);
        scores.push((await compiled.run(feeds)).scores);
      }
      const [first, second] = scores.map(({ data }) => Array.from(data as Float32Array));
      first!.forEach((value, i) => expect(value).toBeCloseTo(second![i]!, 5));
      expect(first!.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
    },
  );
});
