import { GraphBuilder, graphCost, type Graph, type Value } from '@slowfast/core';
import { resnet, type ResnetDepth, type ResnetOptions } from './resnet.js';
import { c2dPlan, fastPlan, i3dPlan, slowPlan } from './temporal-kernels.js';

/** Builds the stages alone; `outputs` are theirs. */
function build(options: ResnetOptions, frames = 1, size = 224): Graph {
  const g = GraphBuilder.empty('test');
  let x = g.input('clip', { dtype: 'float32', shape: ['N', 3, frames, size, size] });
  const outputs: Record<string, Value> = {};
  for (const stage of resnet(options).stages) {
    x = stage.build(g.scope(stage.name), x);
    outputs[stage.name] = x;
  }
  return g.build(outputs);
}

const shapesOf = (graph: Graph): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(graph.outputs).map(([name, { type }]) => [name, type.shape.slice(1)]),
  );

const kernelsOf = (graph: Graph, stage: string): readonly number[] =>
  [...graph.params.values()]
    .filter(({ name }) => name.startsWith(`${stage}.`) && name.endsWith('.a.conv.weight'))
    .map(({ type }) => type.shape[2] as number);

describe('resnet', () => {
  // Parameters and 10⁹ multiply-adds at 224 pixels that torchvision states for its ImageNet models.
  it.each([
    [18, 11_689_512, 1.814],
    [34, 21_797_672, 3.664],
    [50, 25_557_032, 4.089],
    [101, 44_549_160, 7.801],
    [152, 60_192_808, 11.514],
  ] as const)('%i with one frame is the image network', (depth, parameters, multiplyAdds) => {
    const g = GraphBuilder.empty('test');
    let x = g.input('image', { dtype: 'float32', shape: ['N', 3, 1, 224, 224] });
    for (const stage of resnet({ depth, temporalKernels: c2dPlan }).stages) {
      x = stage.build(g.scope(stage.name), x);
    }
    const scores = g.linear(g.mean(x, [2, 3, 4]), 1000);
    const cost = graphCost(g.build({ scores }));
    expect(cost.parameters).toBe(parameters);
    expect(cost.multiplyAdds / 1e9).toBeCloseTo(multiplyAdds, 3);
  });

  // ResNeXt-50 of 32 groups of 4 channels, -101 of 32 of 8 and of 64 of 4: what torchvision states for them.
  it.each([
    [50, 32, 2, 25_028_904, 4.23],
    [101, 32, 4, 88_791_336, 16.41],
    [101, 64, 4, 83_455_272, 15.46],
  ] as const)('%i with %i groups is the image network', (depth, groups, innerRatio, ...stated) => {
    const g = GraphBuilder.empty('test');
    let x = g.input('image', { dtype: 'float32', shape: ['N', 3, 1, 224, 224] });
    for (const stage of resnet({ depth, temporalKernels: c2dPlan, groups, innerRatio }).stages) {
      x = stage.build(g.scope(stage.name), x);
    }
    const scores = g.linear(g.mean(x, [2, 3, 4]), 1000);
    const { parameters, multiplyAdds } = graphCost(g.build({ scores }));
    expect([parameters, Number((multiplyAdds / 1e9).toFixed(2))]).toEqual(stated);
  });

  it('refuses groups that do not divide, and blocks that have none', () => {
    expect(() => resnet({ depth: 50, temporalKernels: fastPlan, width: 8, groups: 32 })).toThrow(
      'resnet.groups: expected a divisor of the 8 inner channels of res2 (width times innerRatio), received 32.',
    );
    expect(() => resnet({ depth: 18, temporalKernels: fastPlan, groups: 2 })).toThrow(
      'resnet.groups: expected bottleneck blocks of the network itself (depth 50 or more, and no block), received basic',
    );
  });

  it('has the output sizes of the paper, Table 1', () => {
    expect(shapesOf(build({ depth: 50, temporalKernels: slowPlan }, 4))).toEqual({
      stem: [64, 4, 56, 56],
      res2: [256, 4, 56, 56],
      res3: [512, 4, 28, 28],
      res4: [1024, 4, 14, 14],
      res5: [2048, 4, 7, 7],
    });
    expect(shapesOf(build({ depth: 50, temporalKernels: fastPlan, width: 8 }, 32))).toEqual({
      stem: [8, 32, 56, 56],
      res2: [32, 32, 56, 56],
      res3: [64, 32, 28, 28],
      res4: [128, 32, 14, 14],
      res5: [256, 32, 7, 7],
    });
  });

  it('places temporal kernels by block', () => {
    const slow = build({
      depth: 101,
      temporalKernels: { ...slowPlan, res4: { kernel: 3, blocks: 6 } },
    });
    expect(kernelsOf(slow, 'res3')).toEqual([1, 1, 1, 1]);
    expect(kernelsOf(slow, 'res4')).toEqual([3, 3, 3, 3, 3, 3, ...new Array<number>(17).fill(1)]);
    const i3d = build({ depth: 50, temporalKernels: i3dPlan }, 8);
    expect(kernelsOf(i3d, 'res2')).toEqual([3, 3, 3]);
    expect(kernelsOf(i3d, 'res3')).toEqual([3, 1, 3, 1]);
    expect(kernelsOf(i3d, 'res4')).toEqual([3, 1, 3, 1, 3, 1]);
    expect(kernelsOf(i3d, 'res5')).toEqual([1, 3, 1]);
  });

  it('keeps the size where a stage is dilated instead of strided', () => {
    const graph = build({
      depth: 50,
      temporalKernels: slowPlan,
      spatialStrides: { res5: 1 },
      spatialDilations: { res5: 2 },
    });
    expect(shapesOf(graph)).toMatchObject({ res4: [1024, 1, 14, 14], res5: [2048, 1, 14, 14] });
    const spatial = graph.nodes.filter(({ name }) => /^res[45]\.\d+\.b\.conv$/.test(name));
    const attrs = spatial.map((node) => node.op === 'conv3d' && node.attrs);
    expect(attrs.slice(0, 6)).toEqual(
      new Array(6).fill(expect.objectContaining({ dilation: [1, 1, 1], padding: [0, 1, 1] })),
    );
    expect(attrs.slice(6)).toEqual(
      new Array(3).fill(expect.objectContaining({ dilation: [1, 2, 2], padding: [0, 2, 2] })),
    );
  });

  it('strides where it is told, and only in the first block', () => {
    const graph = build({ depth: 18, temporalKernels: slowPlan, spatialStrides: { res3: 1 } });
    expect(shapesOf(graph)).toMatchObject({ res3: [128, 1, 56, 56], res5: [512, 1, 14, 14] });
    expect([...graph.params.keys()].filter((name) => /shortcut\.conv/.test(name))).toEqual([
      'res3.0.shortcut.conv.weight',
      'res4.0.shortcut.conv.weight',
      'res5.0.shortcut.conv.weight',
    ]);
  });

  it('pools time before a stage', () => {
    const graph = build({ depth: 50, temporalKernels: c2dPlan, temporalPool: { res3: 2 } }, 8);
    expect(shapesOf(graph)).toMatchObject({ res2: [256, 8, 56, 56], res3: [512, 4, 28, 28] });
  });

  it('takes a quarter of the frames in the stem of I3D with 32 of them', () => {
    const options = { temporalPool: { res3: 2 }, stemTemporalStrides: [2, 2] } as const;
    const graph = build({ depth: 50, temporalKernels: i3dPlan, ...options }, 32);
    expect(shapesOf(graph)).toMatchObject({
      stem: [64, 8, 56, 56],
      res2: [256, 8, 56, 56],
      res3: [512, 4, 28, 28],
    });
  });

  it('starts the last scale of each residual branch at zero', () => {
    const initial = (graph: Graph): readonly string[] =>
      [...graph.params.values()]
        .filter(({ expression }) => {
          const init = expression.kind === 'stored' && expression.init;
          return init && init.kind === 'constant' && init.value === 0;
        })
        .filter(({ role }) => role === 'norm-scale')
        .map(({ name }) => name.replace(/^res\d\.\d+\./, ''));
    expect(initial(build({ depth: 50, temporalKernels: slowPlan }))).toEqual(
      new Array(16).fill('c.norm.weight'),
    );
    expect(initial(build({ depth: 34, temporalKernels: slowPlan }))).toEqual(
      new Array(16).fill('b.norm.weight'),
    );
  });
});

describe('what resnet refuses', () => {
  const refused = (changes: object): (() => unknown) => {
    const options = { depth: 50, temporalKernels: slowPlan, ...changes } as ResnetOptions;
    return () => resnet(options);
  };

  it.each([
    [
      { depth: 42 as ResnetDepth },
      'resnet.depth: expected one of 18, 34, 50, 101, 152, received 42.',
    ],
    [
      { width: 64 / 6 },
      'resnet.width: expected a whole number of at least 1, received 10.666666666666666. ' +
        'Choose a channel ratio β that divides the width of the other pathway, or round the product.',
    ],
    [
      { temporalKernels: { ...slowPlan, stem: 2 } },
      'resnet.temporalKernels.stem: expected odd temporal kernel sizes of at least 1, received 2.',
    ],
    [
      { temporalKernels: { ...slowPlan, res4: [3, 0] } },
      'resnet.temporalKernels.res4: expected odd temporal kernel sizes of at least 1, received 0.',
    ],
    [
      { temporalKernels: { ...slowPlan, res2: [3, 1, 3, 1] } },
      'resnet.temporalKernels.res2: expected kernel sizes for 1 to 3 blocks, received 4.',
    ],
    [
      { temporalKernels: { ...slowPlan, res2: [] } },
      'resnet.temporalKernels.res2: expected kernel sizes for 1 to 3 blocks, received 0.',
    ],
    [
      { temporalKernels: { ...slowPlan, res4: { kernel: 3, blocks: 7 } } },
      'resnet.temporalKernels.res4: expected a whole number of blocks from 0 to 6, received 7.',
    ],
    [
      { spatialStrides: { res3: 0 } },
      'resnet.spatialStrides.res3: expected a whole number of at least 1, received 0.',
    ],
    [
      { spatialDilations: { res5: 1.5 } },
      'resnet.spatialDilations.res5: expected a whole number of at least 1, received 1.5.',
    ],
    [
      { temporalPool: { res3: -2 } },
      'resnet.temporalPool.res3: expected a whole number of at least 1, received -2.',
    ],
    [
      { nonLocal: { after: { res4: [1, 6] }, similarity: 'softmax' } },
      'resnet.nonLocal.after.res4: expected blocks from 0 to 5, received 6.',
    ],
  ])('%j', (changes, message) => {
    expect(refused(changes)).toThrow(expect.objectContaining({ name: 'SpecError', message }));
  });
});
