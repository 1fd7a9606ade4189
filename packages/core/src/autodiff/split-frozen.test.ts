import { GraphBuilder } from '../ir/builder.js';
import { verify } from '../ir/verify.js';
import { formulaClip, formulaStore } from '../testing/formula.js';
import { interpret } from '../testing/interpreter.js';
import { splitFrozen } from './split-frozen.js';

function network() {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 2, 2, 4, 4] });
  const a = g.scope('a').relu(g.scope('a').conv3d(x, { channels: 3, kernel: [1, 3, 3] }));
  const b = g.scope('b').conv3d(a, { channels: 3, kernel: [1, 1, 1] });
  const pooled = g.mean(g.concat([g.add(a, b), a]), [2, 3, 4]);
  return g.build({ scores: g.scope('head').linear(g.dropout(pooled, 0.5), 4, 'projection') });
}

it.each([
  ['head', ['mean']],
  // Both the convolution and what goes around it are read.
  ['b', ['a.relu']],
])('before %s, and both halves together are the network', async (part, border) => {
  const graph = network();
  const { frozen, rest } = splitFrozen(graph, (name) => name.startsWith(part));
  verify(frozen);
  verify(rest);
  expect(Object.keys(frozen.outputs)).toEqual(border);
  expect(Object.keys(rest.inputs)).toEqual(border);
  expect(frozen.nodes.length + rest.nodes.length).toBe(graph.nodes.length);
  const weights = formulaStore(
    [...graph.params.values()].map(({ name, type }) => [name, type.shape as number[]] as const),
  );
  const clip = { x: formulaClip([2, 2, 2, 4, 4], 'x') };
  const whole = await interpret(graph, weights, clip);
  const halves = await interpret(rest, weights, await interpret(frozen, weights, clip));
  whole.scores.data.forEach((value, i) =>
    expect(Number(halves.scores.data[i])).toBeCloseTo(Number(value), 5),
  );
});
