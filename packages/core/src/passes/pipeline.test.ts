import { ShapeError, SpecError } from '../errors.js';
import { GraphBuilder } from '../ir/builder.js';
import { printGraph } from '../ir/print.js';
import { dropIdentities } from './drop-identities.js';
import { INFERENCE_PASSES, prepareForInference, runPasses, type Pass } from './pipeline.js';

function network() {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 3, 2, 4, 4] });
  const unused = g.input('unused', { dtype: 'float32', shape: ['N', 3] });
  g.linear(unused, 2, 'dead');
  const block = g.relu(g.batchNorm(g.conv3d(x, { channels: 3, kernel: [1, 3, 3] })));
  const pooled = g.mean(g.relu(g.add(block, x)), [2, 3, 4]);
  return g.build<'x' | 'unused', 'y'>({ y: g.linear(g.dropout(pooled, 0.5), 2) });
}

test('prepares a network for inference, inputs as they were', () => {
  const after = prepareForInference(network());
  expect(printGraph(after)).toBe(
    [
      'input x: float32[N, 3, 2, 4, 4]',
      'input unused: float32[N, 3]',
      'relu: float32[N, 3, 2, 4, 4] = conv3d(x, conv.weight, conv.bias) {kernel=[1, 3, 3], stride=[1, 1, 1], padding=[0, 1, 1], dilation=[1, 1, 1], groups=1, activation=relu}',
      'relu_2: float32[N, 3, 2, 4, 4] = add(relu, x) {activation=relu}',
      'mean: float32[N, 3] = reduce(relu_2) {fn=mean, axes=[2, 3, 4], keepDims=false}',
      'linear: float32[N, 2] = linear(mean, linear.weight, linear.bias)',
      'output y = linear',
      '',
    ].join('\n'),
  );
  expect(after.params.size).toBe(4);
  expect([...after.params.keys()]).toEqual(
    expect.arrayContaining(['conv.weight', 'conv.bias', 'linear.weight', 'linear.bias']),
  );
});

test('preparing twice changes nothing more', () => {
  const once = prepareForInference(network());
  expect(prepareForInference(once)).toEqual(once);
});

test('no passes leave the graph as it is', () => {
  const graph = network();
  expect(runPasses(graph, [])).toBe(graph);
});

const dropIdentitiesPass: Pass = { name: 'drop-identities', apply: dropIdentities };

test('a pass that breaks the graph is named, with those before it', () => {
  const loses: Pass = {
    name: 'lose-a-node',
    apply: (graph) => ({ ...graph, nodes: graph.nodes.slice(1) }),
  };
  const run = () => runPasses(network(), [dropIdentitiesPass, INFERENCE_PASSES[0]!, loses]);
  expect(run).toThrow(SpecError);
  expect(run).toThrow(
    "pass lose-a-node (after drop-identities, prune), norm: expected values that are defined before, received 'conv', which is not.",
  );
});

test('the first pass has none before it, and a remedy survives', () => {
  const cause = new ShapeError({ site: 'conv', expected: 'a', received: 'b', remedy: 'Do c' });
  const fails: Pass = {
    name: 'fails',
    apply: () => {
      throw cause;
    },
  };
  const run = () => runPasses(network(), [fails]);
  expect(run).toThrow(
    expect.objectContaining({ message: 'pass fails, conv: expected a, received b. Do c.', cause }),
  );
});

test('an error that is none of ours is named too', () => {
  const fails: Pass = {
    name: 'fails',
    apply: () => {
      throw new TypeError('x is undefined');
    },
  };
  expect(() => runPasses(network(), [dropIdentitiesPass, fails])).toThrow(
    'pass fails (after drop-identities): expected a pass that completes, received x is undefined.',
  );
});

test('a graph that is broken before any pass is not blamed on one', () => {
  const graph = network();
  const broken = { ...graph, nodes: graph.nodes.slice(2) };
  expect(() => runPasses(broken, [dropIdentitiesPass])).toThrow(
    "norm: expected values that are defined before, received 'conv', which is not.",
  );
});
