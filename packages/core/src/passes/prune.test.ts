import { GraphBuilder } from '../ir/builder.js';
import { printGraph } from '../ir/print.js';
import { verify } from '../ir/verify.js';
import { formulaClip } from '../testing/formula.js';
import { interpret } from '../testing/interpreter.js';
import { initialWeights } from '../weights/initialize.js';
import { prune } from './prune.js';

function twoPathways() {
  const g = GraphBuilder.empty('test');
  const slow = g.input('slow', { dtype: 'float32', shape: ['N', 3, 2, 4, 4] });
  const fast = g.input('fast', { dtype: 'float32', shape: ['N', 3, 4, 4, 4] });
  const a = g.scope('slow_stem').conv3d(slow, { channels: 4, kernel: [1, 1, 1] });
  const b = g.scope('fast_stem').conv3d(fast, { channels: 2, kernel: [1, 3, 3] });
  const features = g.scope('fast_stem').relu(b);
  const head = g.linear(g.concat([g.mean(a, [2, 3, 4]), g.mean(features, [2, 3, 4])]), 5);
  return g.build<'slow' | 'fast', 'head' | 'features'>({ head, features });
}

const FAST_ONLY = [
  'input fast: float32[N, 3, 4, 4, 4]',
  'fast_stem.conv: float32[N, 2, 4, 4, 4] = conv3d(fast, fast_stem.conv.weight) {kernel=[1, 3, 3], stride=[1, 1, 1], padding=[0, 1, 1], dilation=[1, 1, 1], groups=1, activation=identity}',
  'fast_stem.relu: float32[N, 2, 4, 4, 4] = activation(fast_stem.conv) {fn=relu}',
  'output features = fast_stem.relu',
  '',
].join('\n');

test('leaves out nodes, parameters and inputs that no output needs', async () => {
  const graph = twoPathways();
  const { features } = graph.outputs;
  const pruned = prune({ ...graph, outputs: { features } });
  verify(pruned);
  expect(printGraph(pruned)).toBe(FAST_ONLY);
  expect([...pruned.params.keys()]).toEqual(['fast_stem.conv.weight']);
  const weights = initialWeights(graph);
  const feeds = { slow: formulaClip([2, 3, 2, 4, 4]), fast: formulaClip([2, 3, 4, 4, 4]) };
  const whole = await interpret(graph, weights, feeds);
  const part = await interpret(pruned, weights, feeds);
  expect(part).toEqual({ features: whole.features });
});

test('keeps the inputs when told to', () => {
  const graph = twoPathways();
  const { features } = graph.outputs;
  const pruned = prune({ ...graph, outputs: { features } }, { keepInputs: true });
  expect(Object.keys(pruned.inputs)).toEqual(['slow', 'fast']);
  expect(pruned.nodes).toHaveLength(2);
});

test('changes nothing in a graph without dead parts', () => {
  const graph = twoPathways();
  expect(prune(graph)).toEqual(graph);
});

test('an input that is itself an output stays', () => {
  const graph = twoPathways();
  const pruned = prune({ ...graph, outputs: { clip: graph.inputs.slow } });
  expect(printGraph(pruned)).toBe('input slow: float32[N, 3, 2, 4, 4]\noutput clip = slow\n');
});
