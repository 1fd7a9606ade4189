/**
 * @file Conformance cases of training graphs: each is the case of an operation, with the gradients of a weighted sum of
 * its outputs with respect to its inputs and parameters, which are inputs then.
 */
import { gradient } from '../autodiff/gradient.js';
import { trainingForm } from '../autodiff/training-form.js';
import { GraphBuilder } from '../ir/builder.js';
import type { Dim, Graph, OpKind, Value } from '../ir/types.js';
import { sizeOf, type HostTensor, type Shape } from '../tensor.js';
import type { CaseSpec } from './conformance-case.js';
import type { ConformanceCase } from './conformance.js';
import { arrangementCases } from './conformance-arrangement.js';
import { elementwiseCases } from './conformance-elementwise.js';
import { productCases } from './conformance-products.js';
import { regionCases } from './conformance-regions.js';
import { windowCases } from './conformance-windows.js';
import { requiredTensors } from '../weights/bind.js';
import { formulaClip, formulaStore, formulaTensor } from './formula.js';

/** A case whose gradients are the outputs; `constant` inputs get none. */
export function withGradients(
  { name, graph, feeds }: ConformanceCase,
  constant: readonly string[] = [],
): ConformanceCase & { readonly wrt: readonly string[] } {
  const form = trainingForm(graph);
  const sizes = sizesOf(form.graph, feeds);
  const concrete = (shape: readonly Dim[]): Shape =>
    shape.map((dim) => (typeof dim === 'number' ? dim : sizes.get(dim)!));
  const more = Object.keys(form.graph.inputs).flatMap((input) => {
    if (input in feeds) return [];
    const shape = concrete(form.graph.inputs[input]!.type.shape);
    const isMask = form.masks.some((mask) => mask.input === input);
    return [[input, isMask ? formulaClip(shape, input) : formulaTensor(input, shape)] as const];
  });
  const g = GraphBuilder.extending(form.graph, 'conformance');
  const factors: (readonly [string, HostTensor])[] = [];
  const terms = Object.entries<Value>(form.graph.outputs).flatMap(([output, value]) => {
    if (!(output in graph.outputs)) return [];
    const shape = concrete(value.type.shape);
    if (sizeOf(shape) === 0) return [];
    const input = `factor.${output}`;
    factors.push([input, formulaClip(shape, input)]);
    const product = g.emit('mul', [value, g.input(input, value.type)], {});
    const axes = value.type.shape.map((_, axis) => axis);
    return [g.emit('reduce', [product], { fn: 'sum', axes, keepDims: false })];
  });
  const loss = terms.reduce((sum, term) => g.add(sum, term));
  const isFixed = (input: string): boolean =>
    constant.includes(input) || form.masks.some((mask) => mask.input === input);
  const wrt = Object.keys(form.graph.inputs).filter((input) => !isFixed(input));
  const statistics = Object.entries<Value>(form.graph.outputs).filter(
    ([output]) => !(output in graph.outputs),
  );
  const whole = gradient(g.build({ loss, ...Object.fromEntries(statistics) }), {
    loss: 'loss',
    wrt,
  });
  return {
    name,
    ops: new Set(whole.nodes.map(({ op }): OpKind => op)),
    graph: whole,
    // Running statistics, where something reads them; what is trained is fed.
    weights: formulaStore(
      [...requiredTensors(whole)].map(([tensor, { shape }]) => [tensor, shape]),
    ),
    feeds: { ...feeds, ...Object.fromEntries([...more, ...factors]) },
    wrt,
  };
}

function sizesOf(
  graph: Graph,
  feeds: Readonly<Record<string, HostTensor>>,
): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const [input, { shape }] of Object.entries(feeds)) {
    graph.inputs[input]!.type.shape.forEach((dim, axis) => {
      if (typeof dim === 'string') sizes.set(dim, shape[axis]!);
    });
  }
  return sizes;
}

const derivatives = <const Specs extends readonly CaseSpec[]>(
  specs: Specs,
  constant: readonly string[] = [],
): [CaseSpec, ...CaseSpec[]] => {
  const [first, ...rest] = specs.map((spec): CaseSpec => ({ ...spec, gradients: { constant } }));
  return [first!, ...rest];
};

const withPrefix = (before: string, specs: readonly CaseSpec[]): readonly CaseSpec[] =>
  specs.map((spec) => ({ ...spec, name: `${before}, ${spec.name}` }));

const classes = (name: string, build: CaseSpec['build'], shape: Shape = [3, 5]): CaseSpec => ({
  name,
  inputs: { logits: shape, targets: shape },
  build,
  // Large enough for exponentials to overflow unless the largest is taken off first.
  feed: (value) => 60 * value,
  values: { targets: Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 7) % 5) / 10) },
});

/** Cases of the operations that only training graphs have. */
export const gradientCases = {
  cross_entropy: derivatives(
    [
      classes('of each clip', (g, x, t) => g.emit('cross_entropy', [x!, t!], {})),
      classes('of three axes', (g, x, t) => g.emit('cross_entropy', [x!, t!], {}), [2, 3, 4]),
    ],
    ['targets'],
  ),
  binary_cross_entropy: derivatives(
    [classes('of each class', (g, x, t) => g.emit('binary_cross_entropy', [x!, t!], {}))],
    ['targets'],
  ),
  batch_variance: derivatives(elementwiseCases.batch_norm.slice(0, 1)),
  batch_norm_training: derivatives(elementwiseCases.batch_norm.slice(1)),
  batch_norm_input_gradient: derivatives([
    {
      name: 'between convolutions',
      inputs: { x: [2, 3, 3, 4, 4] },
      build: (g, x) => {
        const a = g.batchNorm(g.scope('a').conv3d(x!, { channels: 4, kernel: [3, 1, 1] }));
        return g.scope('b').conv3d(g.relu(a), { channels: 2, kernel: [1, 3, 3] });
      },
    },
  ]),
  batch_norm_scale_gradient: derivatives([
    {
      name: 'of one frame',
      inputs: { x: [3, 4, 1, 3, 3] },
      build: (g, x) => g.batchNorm(g.conv3d(x!, { channels: 3, kernel: [1, 1, 1] })),
    },
  ]),
  fill: derivatives(elementwiseCases.scale),
  conv3d_input_gradient: derivatives(windowCases.conv3d),
  conv3d_weight_gradient: derivatives([
    {
      name: 'of a weight that two layers share',
      inputs: { x: [2, 4, 2, 5, 5] },
      build: (g, x) => {
        const weight = g.param('conv.weight', [4, 4, 1, 3, 3], 'weight', { kind: 'msra' });
        const attrs = {
          kernel: [1, 3, 3],
          stride: [1, 1, 1],
          padding: [0, 1, 1],
          dilation: [1, 1, 1],
          groups: 1,
          activation: 'identity',
        } as const;
        return g.emit('conv3d', [g.emit('conv3d', [x!, weight], attrs), weight], attrs);
      },
    },
  ]),
  max_pool3d_gradient: derivatives(windowCases.max_pool3d),
  avg_pool3d_gradient: derivatives(windowCases.avg_pool3d),
  activation_gradient: derivatives([
    ...elementwiseCases.activation,
    ...withPrefix('a sum', elementwiseCases.add),
  ]),
  reduce_gradient: derivatives([
    ...productCases.reduce,
    ...withPrefix('softmax', productCases.softmax.slice(0, 5)),
  ]),
  scatter: derivatives([
    ...arrangementCases.slice,
    ...withPrefix('gathered', arrangementCases.gather),
  ]),
  roi_align_gradient: derivatives(regionCases.roi_align, ['boxes']),
} as const satisfies Record<string, readonly [CaseSpec, ...CaseSpec[]]>;
