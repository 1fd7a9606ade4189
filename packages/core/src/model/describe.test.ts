import type { GraphBuilder } from '../ir/builder.js';
import type { Value } from '../ir/types.js';
import { composeModel } from './compose.js';
import { describeModel } from './describe.js';
import type { Backbone } from './parts.js';

/** A stem with pooling, then three blocks of which the first strides and the last is followed by another layer. */
const backbone: Backbone<'stem' | 'res2'> = {
  stages: [
    {
      name: 'stem',
      build: (g, x) =>
        g.maxPool3d(
          g.conv3d(x, { channels: 4, kernel: [5, 7, 7], stride: [1, 2, 2] }),
          [1, 3, 3],
          [1, 2, 2],
          [0, 1, 1],
        ),
    },
    {
      name: 'res2',
      blocks: { scopes: ['0', '1', '2'], beside: ['side'], added: { attention: 'attention' } },
      build: (g, x) =>
        [0, 1, 2].reduce((value, block) => built(g.scope(`${block}`), value, block), x),
    },
  ],
};

function built(g: GraphBuilder, x: Value, block: number): Value {
  const step = block === 0 ? 2 : 1;
  const main = g.conv3d(x, { channels: 8, kernel: [1, 3, 3], stride: [1, step, step] });
  if (block === 0) {
    g.scope('side').conv3d(x, { channels: 8, kernel: [1, 1, 1], stride: [1, 2, 2] });
  }
  return block === 2 ? g.scope('attention').conv3d(main, { channels: 8, kernel: [1, 1, 1] }) : main;
}

const description = describeModel(
  composeModel({
    name: 'tiny',
    size: [32, 64],
    pathways: { slow: { backbone, frames: 4, temporalStride: 16 } },
    head: { pathways: ['slow'], build: (g, { slow }) => ({ pooled: g.mean(slow, [2, 3, 4]) }) },
  }),
);

describe('describeModel', () => {
  it('writes kernels as the paper does, and counts equal blocks', () => {
    expect(description.stages.map(({ layers }) => layers)).toEqual([
      ['5x7², 4, stride 1,2²', 'max-pool 1x3², stride 1,2²'],
      ['[1x3², 8, stride 1,2²] x1', '[1x3², 8] x1', '[1x3², 8] + attention x1'],
    ]);
  });

  it('lists every layer of a stage that says nothing of blocks', () => {
    const stages = backbone.stages.map(({ name, build }) => ({ name, build }));
    const model = composeModel({
      name: 'tiny',
      size: 32,
      pathways: { slow: { backbone: { stages }, frames: 4, temporalStride: 16 } },
      head: { pathways: ['slow'], build: (g, { slow }) => ({ pooled: g.mean(slow, [2, 3, 4]) }) },
    });
    expect(describeModel(model).stages[1]!.layers).toEqual([
      '1x3², 8, stride 1,2²',
      '1x1², 8, stride 1,2²',
      '1x3², 8',
      '1x3², 8',
      '1x1², 8',
    ]);
  });

  it('gives sizes, strides and receptive fields', () => {
    expect(description.stages[1]!.output).toEqual({
      channels: 8,
      stride: { t: 16, h: 8, w: 8 },
      // Pixels: 7, pooling 3 · 2 more, 3x3 at stride 4, twice 3x3 at stride 8: 7 + 4 + 8 + 16 + 16.
      receptiveField: { t: 65, h: 51, w: 51 },
      shape: ['N', 8, 4, 4, 8],
    });
  });

  it('shares the cost out without a remainder', () => {
    const { stages, laterals, head, multiplyAdds, parameters } = description;
    const sum = (what: 'multiplyAdds' | 'parameters'): number =>
      [...stages, ...laterals, head].reduce((total, part) => total + part[what], 0);
    expect(sum('multiplyAdds')).toBe(multiplyAdds);
    expect(sum('parameters')).toBe(parameters);
    // 16x32 outputs, 4 frames, 4 channels, 3·5·7·7 taps.
    expect(stages[0]!.multiplyAdds).toBe(16 * 32 * 4 * 4 * 3 * 5 * 49);
  });
});
