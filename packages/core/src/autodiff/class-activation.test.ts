import { readFileSync } from 'node:fs';
import { GraphBuilder } from '../ir/builder.js';
import type { Graph, Triple, Value } from '../ir/types.js';
import { modelOf, type Model } from '../model/model.js';
import type { Pathways } from '../model/parts.js';
import { sizeOf, float32Tensor, type HostTensor } from '../tensor.js';
import { formulaClip, formulaTensor } from '../testing/formula.js';
import type { Float64Tensor } from '../testing/array.js';
import { interpret, interpretFloat64 } from '../testing/interpreter.js';
import { activationMapOf, classActivationModel } from './class-activation.js';

interface Rounded {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
const golden = JSON.parse(
  readFileSync(new URL('goldens/class-activation.json', import.meta.url), 'utf8'),
) as {
  readonly class: number;
  readonly scores: Rounded;
  readonly taps: Readonly<Record<string, { readonly gradient: Rounded; readonly map: Rounded }>>;
};
const TAPS = Object.keys(golden.taps);
const CLASSES = 5;
const STEP = 1e-4;

/** The network of goldens/class-activation.py. */
function network(): Model<Pathways, 'scores'> {
  const root = GraphBuilder.empty('test');
  const input = (name: string, frames: number): Value =>
    root.input(name, { dtype: 'float32', shape: ['N', 3, frames, 8, 8] });
  const block = (x: Value, name: string, channels: number, kernel: Triple, stride: Triple) => {
    const g = root.scope(name);
    return g.relu(g.batchNorm(g.conv3d(x, { channels, kernel, stride })));
  };
  const slow = block(input('slow', 2), 'slow.res2', 4, [1, 3, 3], [1, 2, 2]);
  const fast = block(input('fast', 4), 'fast.res2', 2, [3, 3, 3], [1, 2, 2]);
  const joined = root.concat([slow, block(fast, 'lateral', 4, [5, 1, 1], [2, 1, 1])]);
  const slow3 = block(joined, 'slow.res3', 6, [3, 3, 3], [1, 1, 1]);
  const fast3 = block(fast, 'fast.res3', 3, [3, 3, 3], [1, 1, 1]);
  const pooled = root.concat([root.mean(slow3, [2, 3, 4]), root.mean(fast3, [2, 3, 4])]);
  const scores = root.softmax(root.linear(root.dropout(pooled, 0.5), CLASSES, 'head'), 1);
  const values = [slow, fast, slow3, fast3];
  const taps = new Map(TAPS.map((tap, i) => [tap, values[i]!] as const));
  const none = { pathways: {}, laterals: [], additions: new Map() };
  return modelOf({ name: 'test', ...none, graph: root.build({ scores }), taps });
}

const weights = new Map(
  [...network().graph.params.values()].map(({ name, type }) => {
    return [name, formulaTensor(name, type.shape as number[])] as const;
  }),
);
const oneHot = Float32Array.from({ length: 2 * CLASSES }, (_, i) =>
  i % CLASSES === golden.class ? 1 : 0,
);
const feeds = {
  slow: formulaClip([2, 3, 2, 8, 8], 'slow'),
  fast: formulaClip([2, 3, 4, 8, 8], 'fast'),
  class: float32Tensor([2, CLASSES], oneHot),
};

function expectSame(computed: HostTensor, { shape, data }: Rounded): void {
  expect(computed.shape).toEqual(shape);
  const scale = Math.max(...data.map(Math.abs));
  data.forEach((value, i) => {
    expect(Math.abs(value - Number(computed.data[i])) / scale).toBeLessThan(1e-4);
  });
}

it('maps every tap as PyTorch does', async () => {
  const { graph } = classActivationModel(network(), TAPS);
  const results = await interpret<string, string>(graph, weights, feeds);
  expectSame(results['scores']!, golden.scores);
  for (const tap of TAPS) expectSame(results[activationMapOf(tap)]!, golden.taps[tap]!.map);
});

/** The gradient of each tap: what a mean over positions is taken of. */
async function gradients(): Promise<Readonly<Record<string, HostTensor>>> {
  const { graph } = classActivationModel(network(), TAPS);
  const averaged = graph.nodes.flatMap(({ op, inputs, attrs }) =>
    op === 'reduce' && attrs.fn === 'mean' && attrs.axes.join() === '3,4' ? [inputs[0]!] : [],
  );
  const outputs = Object.fromEntries(averaged.map((value, i) => [TAPS[i]!, value]));
  return interpret<string, string>({ ...graph, outputs }, weights, feeds);
}

it('has the gradients of PyTorch', async () => {
  const results = await gradients();
  for (const tap of TAPS) {
    const { shape, data } = results[tap]!;
    const row = golden.taps[tap]!.gradient;
    const [height, width] = shape.slice(3) as [number, number];
    const first = Float32Array.from({ length: sizeOf(row.shape) }, (_, i) =>
      Number(data[Math.floor(i / width) * height * width + (i % width)]),
    );
    expectSame(float32Tensor(row.shape, first), row);
  }
});

it.each(TAPS)('the gradient of %s is the slope of the logit', async (tap) => {
  const { graph, taps } = network();
  const { name, type } = taps.get(tap)!;
  const softmax = graph.nodes.find(({ op }) => op === 'softmax')!;
  // The rest of the network, of which the tap is an input.
  const rest: Graph = {
    ...graph,
    inputs: { ...graph.inputs, [name]: { name, type } },
    nodes: graph.nodes.filter(({ output }) => output.name !== name),
    outputs: { logits: softmax.inputs[0]! },
  };
  const float64 = ({ shape, data }: HostTensor): Float64Tensor => ({
    shape,
    data: Float64Array.from(data as Float32Array),
  });
  const all = [...weights, ...Object.entries(feeds)].map(
    ([key, tensor]) => [key, float64(tensor)] as const,
  );
  const values = new Map(all);
  const at = interpretFloat64({ ...graph, outputs: { tap: taps.get(tap)! } }, values)['tap']!;
  const slopeAt = (i: number): number => {
    const [more, less] = [STEP, -STEP].map((step) => {
      const moved = { shape: at.shape, data: at.data.with(i, at.data[i]! + step) };
      const { logits } = interpretFloat64(rest, new Map(values).set(name, moved));
      return logits!.data[golden.class]! + logits!.data[CLASSES + golden.class]!;
    });
    return (more! - less!) / (2 * STEP);
  };
  const { data } = (await gradients())[tap]!;
  for (const i of [0, 17, data.length - 1]) expect(slopeAt(i)).toBeCloseTo(Number(data[i]), 7);
});

it('is refused for what has no scores, and for taps that are not there', () => {
  const model = network();
  const { scores } = model.graph.outputs;
  const other = { ...model, graph: { ...model.graph, outputs: { boxes: scores } } };
  expect(() => classActivationModel(other, ['slow.res3'])).toThrow(
    "test: expected a classifier, with the output 'scores', received boxes.",
  );
  expect(() => classActivationModel(model, ['slow.res4'])).toThrow(
    /test: expected a feature \(slow.res2, .*\), received 'slow.res4'/,
  );
});
