import { graphCost } from '../cost/graph-cost.js';
import { GraphBuilder } from '../ir/builder.js';
import type { Graph, Value } from '../ir/types.js';
import { formulaClip, formulaTensor } from '../testing/formula.js';
import { interpret } from '../testing/interpreter.js';
import { gradient } from './gradient.js';
import { residualBlocks } from './recompute.js';
import { trainingForm } from './training-form.js';

const BLOCKS = 3;

/** A stage of residual blocks in its training form, with a loss. */
function network(): Graph {
  const root = GraphBuilder.empty('test');
  let x = root.input('x', { dtype: 'float32', shape: ['N', 4, 2, 6, 6] });
  for (let i = 0; i < BLOCKS; i++) {
    const block = root.scope('slow').scope('res2').scope(`${i}`);
    const layer = (name: string, from: Value, kernel: number): Value => {
      const s = block.scope(name);
      return s.batchNorm(s.conv3d(from, { channels: 4, kernel: [1, kernel, kernel] }));
    };
    const a = block.scope('a').relu(layer('a', x, 3));
    x = block.relu(block.add(layer('b', a, 1), x));
  }
  const scores = root.scope('head').linear(root.mean(x, [2, 3, 4]), 3, 'projection');
  const { graph } = trainingForm(root.build({ scores }));
  const g = GraphBuilder.extending(graph, 'loss');
  const axes = [0, 1];
  const value = graph.outputs['scores']!;
  const squares = g.emit('mul', [value, value], {});
  return g.build({
    ...graph.outputs,
    loss: g.emit('reduce', [squares], { fn: 'sum', axes, keepDims: false }),
  });
}

const forward = network();
const wrt = Object.keys(forward.inputs);
const plain = gradient(forward, { loss: 'loss', wrt });
const thrifty = gradient(forward, { loss: 'loss', wrt, recompute: residualBlocks(() => true) });

it('gives the very same outputs', async () => {
  const feeds = Object.fromEntries(
    Object.entries(forward.inputs).map(([name, { type }]) => {
      const shape = type.shape.map((dim) => (dim === 'N' ? 2 : Number(dim)));
      return [name, name === 'x' ? formulaClip(shape) : formulaTensor(name, shape)] as const;
    }),
  );
  const [expected, found] = [
    await interpret(plain, new Map(), feeds),
    await interpret(thrifty, new Map(), feeds),
  ];
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const name of Object.keys(expected)) expect(found[name]).toEqual(expected[name]);
});

it('keeps less, and computes the blocks once more, not their statistics', () => {
  const [before, after] = [graphCost(plain), graphCost(thrifty)];
  expect(after.peakActivationBytes).toBeLessThan(0.75 * before.peakActivationBytes);
  const forwardCost = graphCost(forward).multiplyAdds;
  expect(after.multiplyAdds).toBeLessThanOrEqual(before.multiplyAdds + forwardCost);
  const again = thrifty.nodes.filter(({ name }) => name.startsWith('recompute.'));
  expect(new Set(again.map(({ op }) => op))).not.toContain('batch_variance');
  expect(again.filter(({ op }) => op === 'conv3d').length).toBeGreaterThanOrEqual(BLOCKS);
  // Nothing of a copy can be computed before a gradient is there.
  for (const { op, inputs } of again) {
    if (op !== 'conv3d') continue;
    expect(inputs[0]!.name).toMatch(/^recompute\./);
  }
});

it('leaves stages that are not chosen as they are', () => {
  const options = {
    loss: 'loss',
    wrt,
    recompute: residualBlocks((stage) => stage === 'slow.res3'),
  };
  expect(gradient(forward, options).nodes).toHaveLength(plain.nodes.length);
});
