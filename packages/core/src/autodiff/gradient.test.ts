import { GraphBuilder } from '../ir/builder.js';
import type { Graph } from '../ir/types.js';
import { prune } from '../passes/prune.js';
import type { Float64Tensor } from '../testing/array.js';
import { conformanceCases, trainingCases, type ConformanceCase } from '../testing/conformance.js';
import { withGradients } from '../testing/conformance-gradients.js';
import { fnv1a, formulaUniform } from '../testing/formula.js';
import { interpretFloat64 } from '../testing/interpreter.js';
import { sizeOf } from '../tensor.js';
import { gradient, gradientOf } from './gradient.js';
import { RULES } from './rules.js';

const STEP = 1e-6;
/** Directions in which all values of a network are moved. */
const DIRECTIONS = 4;
/** Elements of each value whose derivative is taken by differences. */
const PROBES = 3;

type Values = Map<string, Float64Tensor>;

const float64 = (feeds: ConformanceCase['feeds']): Values =>
  new Map(
    Object.entries(feeds).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data as Float32Array) },
    ]),
  );

const lossAlone = (graph: Graph): Graph =>
  prune({ ...graph, outputs: { loss: graph.outputs['loss']! } });

function slope(graph: Graph, values: Values, name: string, at: number): number {
  const { shape, data } = values.get(name)!;
  const lossAt = (value: number): number => {
    const moved = { shape, data: data.with(at, value) };
    return interpretFloat64(graph, new Map(values).set(name, moved))['loss']!.data[0]!;
  };
  return (lossAt(data[at]! + STEP) - lossAt(data[at]! - STEP)) / (2 * STEP);
}

const cases = conformanceCases();

/** Inputs through which no gradient flows. */
const constants = ({ graph }: ConformanceCase): readonly string[] =>
  Object.keys(graph.inputs).filter((input) => input === 'boxes');

describe('every gradient is the slope of the loss', () => {
  const trained = trainingCases().filter(({ name }) => /^(binary_)?cross_entropy/.test(name));
  it.each(trained.map((one) => [one.name, one] as const))('%s', (_, { graph, feeds }) => {
    expectSlopes(graph, feeds, ['logits']);
  });
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
    const { graph, feeds, wrt } = withGradients(one, constants(one));
    // A network's values are many, and its rules were met one by one.
    if (one.name.startsWith('network')) expectSlopesAlong(graph, feeds, wrt);
    else expectSlopes(graph, feeds, wrt);
  });
});

function expectSlopes(graph: Graph, feeds: ConformanceCase['feeds'], wrt: readonly string[]): void {
  const values = float64(feeds);
  const results = interpretFloat64(graph, values);
  const forward = lossAlone(graph);
  for (const name of wrt) {
    const computed = results[gradientOf(name)]!;
    expect(computed.shape).toEqual(values.get(name)!.shape);
    const size = sizeOf(computed.shape);
    const probes = Math.min(PROBES, size);
    const largest = computed.data.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
    for (let i = 0; i < probes; i++) {
      const at = Math.floor(((i + 0.5) * size) / probes);
      const difference = slope(forward, values, name, at) - computed.data[at]!;
      expect({ name, at, wrong: Math.abs(difference) / largest > 1e-5, difference }).toMatchObject({
        wrong: false,
      });
    }
  }
}

/** Every element of every value moves by a step of its own, in several directions: each gradient is in each slope. */
function expectSlopesAlong(
  graph: Graph,
  feeds: ConformanceCase['feeds'],
  wrt: readonly string[],
): void {
  const values = float64(feeds);
  const results = interpretFloat64(graph, values);
  const forward = lossAlone(graph);
  for (let direction = 0; direction < DIRECTIONS; direction++) {
    const steps = new Map(
      wrt.map((name) => {
        const seed = fnv1a(`${name} ${direction}`);
        return [name, values.get(name)!.data.map((_, i) => 2 * formulaUniform(seed, i) - 1)];
      }),
    );
    const lossAt = (distance: number): number => {
      const moved = new Map(values);
      for (const [name, step] of steps) {
        const { shape, data } = values.get(name)!;
        moved.set(name, { shape, data: data.map((value, i) => value + distance * step[i]!) });
      }
      return interpretFloat64(forward, moved)['loss']!.data[0]!;
    };
    let computed = 0;
    for (const [name, step] of steps) {
      results[gradientOf(name)]!.data.forEach((value, i) => (computed += value * step[i]!));
    }
    const difference = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP) - computed;
    const wrong = Math.abs(difference) > 1e-5 * Math.max(1, Math.abs(computed));
    expect({ direction, computed, difference, wrong }).toMatchObject({ wrong: false });
  }
}

test('every rule is met by a case', () => {
  const met = new Set([...cases, ...trainingCases()].flatMap(({ ops }) => [...ops]));
  expect(Object.keys(RULES).filter((op) => !met.has(op as keyof typeof RULES))).toEqual([]);
});

function smallNetwork(): Graph {
  const g = GraphBuilder.empty('test');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 2, 2, 4, 4] });
  const conv = g.conv3d(x, { channels: 3, kernel: [1, 3, 3] });
  const y = g.linear(g.mean(g.relu(conv), [2, 3, 4]), 4, 'head');
  const axes = [0, 1];
  return g.build({ y, loss: g.emit('reduce', [y], { fn: 'sum', axes, keepDims: false }) });
}

it('gives gradients of any value on the way, and keeps the outputs', () => {
  const graph = gradient(smallNetwork(), { loss: 'loss', wrt: ['relu', 'head.weight'] });
  expect(Object.keys(graph.outputs)).toEqual([
    'y',
    'loss',
    'gradient.relu',
    'gradient.head.weight',
  ]);
  expect(graph.outputs['gradient.relu']!.type.shape).toEqual(['N', 3, 2, 4, 4]);
  // What is only for the gradients of other values is left out.
  expect(graph.nodes.map(({ op }) => op)).not.toContain('conv3d_weight_gradient');
});

describe('is refused', () => {
  const graph = smallNetwork();
  it('for a loss that is no scalar or not there', () => {
    expect(() => gradient(graph, { loss: 'y', wrt: ['x'] })).toThrow(
      'gradient of y: expected a scalar, received [N, 4]. Reduce it to a mean or a sum over all axes.',
    );
    expect(() => gradient(graph, { loss: 'los', wrt: ['x'] })).toThrow(
      "gradient: loss: expected the name of an output, received 'los'. The nearest are loss, y.",
    );
  });
  it('for values that are not there, or that the loss does not depend on', () => {
    expect(() => gradient(graph, { loss: 'loss', wrt: ['head.weigt'] })).toThrow(
      "gradient: wrt: expected the name of a value, received 'head.weigt'. The nearest are head.weight, ",
    );
    const g = GraphBuilder.extending(graph, 'test');
    g.input('unused', { dtype: 'float32', shape: [1] });
    const more = g.build(graph.outputs);
    expect(() => gradient(more, { loss: 'loss', wrt: ['unused'] })).toThrow(
      "gradient of loss: expected values that it depends on, received 'unused'.",
    );
  });
  it('through boxes and targets', () => {
    const g = GraphBuilder.empty('test');
    const [x, t] = ['x', 't'].map((name) => g.input(name, { dtype: 'float32', shape: [2, 3] }));
    const rows = g.emit('cross_entropy', [x!, t!], {});
    const loss = g.emit('reduce', [rows], { fn: 'mean', axes: [0], keepDims: false });
    expect(() => gradient(g.build({ loss }), { loss: 'loss', wrt: ['t'] })).toThrow(
      'cross_entropy: expected a gradient that does not flow through the targets of cross_entropy, ' +
        'received one that does. Leave out of wrt what they depend on.',
    );
  });
  it('of a gradient', () => {
    const once = gradient(graph, { loss: 'loss', wrt: ['x'] });
    const g = GraphBuilder.extending(once, 'test');
    const axes = [0, 1, 2, 3, 4];
    const size = g.emit('reduce', [once.outputs['gradient.x']!], {
      fn: 'sum',
      axes,
      keepDims: false,
    });
    expect(() => gradient(g.build({ size }), { loss: 'size', wrt: ['head.weight'] })).toThrow(
      /expected an operation that can be differentiated, received \w+, a gradient itself/,
    );
  });
});
