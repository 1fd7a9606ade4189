/** @file Further backbones: against PyTorchVideo, against published costs, and as pathways beside others. */
import { csn, fastPlan, r2plus1d, resnet, slowPlan, x3d } from '@slowfast/backbones';
import { fromBackboneName, toBackboneName } from '@slowfast/checkpoints';
import { composeModel, graphCost, initialWeights, type HostTensor } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { timeStridedConv } from '@slowfast/fusion';
import { classificationHead, expansionHead } from '@slowfast/heads';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';
import { BACKBONES, backboneDisagreement, network } from './backbone-networks.js';

test('X3D-S gives what PyTorchVideo gives', async () => {
  expect(await backboneDisagreement('x3d_s_160')).toEqual({});
}, 120_000);

test.each(['x3d', 'r2plus1d', 'csn'] as const)('names of %s go there and back', (kind) => {
  const [, compose] = Object.values(BACKBONES).find(([name]) => name === kind)!;
  for (const name of compose().graph.params.keys()) {
    const theirs = toBackboneName(kind, name);
    expect(theirs).toMatch(/^blocks\.\d\./);
    expect(fromBackboneName(kind, theirs!)).toBe(name);
  }
  expect(toBackboneName(kind, 'slow.res9.0.a.conv.weight')).toBeUndefined();
});

describe('cost is that of the papers', () => {
  const expanded = expansionHead({ pathways: ['slow'], classes: 400, inner: 432 });
  // X3D, Table 4: 10⁹ multiply-adds at the training crop.
  it.each([
    ['XS', 2.2, 4, 160, 0.6],
    ['S', 2.2, 13, 160, 1.96],
    ['M', 2.2, 16, 224, 4.73],
    ['L', 5, 16, 312, 18.37],
  ] as const)('X3D-%s', (_, depthFactor, frames, size, published) => {
    const { multiplyAdds } = graphCost(network(x3d({ depthFactor }), frames, size, expanded).graph);
    expect(multiplyAdds / 1e9 / published).toBeCloseTo(1, 1);
    expect(Math.abs(multiplyAdds / 1e9 - published)).toBeLessThan(0.006);
  });

  // SlowFast, Table 2, at a crop of 256; parameters: CSN, Table 3.
  it('ip-CSN-152', () => {
    const head = classificationHead({ pathways: ['slow'], classes: 400 });
    const backbone = csn({ depth: 152, interactions: 'ip' });
    const { multiplyAdds, parameters } = graphCost(network(backbone, 32, 256, head).graph);
    expect(multiplyAdds / 1e9).toBeCloseTo(109, -0.5);
    expect(parameters / 1e6).toBeCloseTo(33, -0.5);
  });
});

describe('as pathways of a SlowFast network', () => {
  const width = 16;
  const pathways = {
    'X3D as Slow': { slow: x3d({ width: 8, depthFactor: 1 }), fast: 'resnet' },
    'X3D as Fast': { slow: 'resnet', fast: x3d({ width: 8, depthFactor: 1 }) },
    'CSN as Slow': { slow: csn({ depth: 50, width, temporalStrides: {} }), fast: 'resnet' },
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
