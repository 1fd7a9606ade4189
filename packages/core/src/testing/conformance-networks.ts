/** @file Conformance cases that put operations together as the networks do. */
import type { GraphBuilder } from '../ir/builder.js';
import type { Triple, Value } from '../ir/types.js';
import type { CaseSpec } from './conformance-case.js';

interface BottleneckOptions {
  readonly name: string;
  readonly inner: number;
  readonly channels: number;
  readonly temporal: number;
  readonly stride: number;
}

function convNorm(
  g: GraphBuilder,
  name: string,
  x: Value,
  channels: number,
  kernel: Triple,
  stride: Triple,
): Value {
  const scope = g.scope(name);
  return scope.batchNorm(scope.conv3d(x, { channels, kernel, stride }));
}

function bottleneck(parent: GraphBuilder, x: Value, options: BottleneckOptions): Value {
  const { name, inner, channels, temporal, stride } = options;
  const g = parent.scope(name);
  const a = g.relu(convNorm(g, 'a', x, inner, [temporal, 1, 1], [1, 1, 1]));
  const b = g.relu(convNorm(g, 'b', a, inner, [1, 3, 3], [1, stride, stride]));
  const c = convNorm(g, 'c', b, channels, [1, 1, 1], [1, 1, 1]);
  const isSame = g.channelsOf(x) === channels && stride === 1;
  const shortcut = isSame
    ? x
    : convNorm(g, 'shortcut', x, channels, [1, 1, 1], [1, stride, stride]);
  return g.relu(g.add(shortcut, c));
}

function attention(parent: GraphBuilder, x: Value, isSoftmax: boolean): Value {
  const g = parent.scope('nonlocal');
  const [, channels, t, h, w] = x.type.shape as readonly ['N', number, number, number, number];
  const inner = channels / 2;
  const project = (name: string, from: Value): Value =>
    g.conv3d(from, { channels: inner, kernel: [1, 1, 1], bias: true, name });
  const pooled = g.maxPool3d(x, [1, 2, 2], [1, 2, 2]);
  const theta = g.reshape(project('theta', x), ['N', inner, t * h * w]);
  const keys = project('phi', pooled);
  const [, , pt, ph, pw] = keys.type.shape as readonly ['N', number, number, number, number];
  const phi = g.reshape(keys, ['N', inner, pt * ph * pw]);
  const values = g.reshape(project('g', pooled), ['N', inner, pt * ph * pw]);
  const affinity = g.matmul(g.transpose(theta, [0, 2, 1]), phi);
  const weights = isSoftmax
    ? g.softmax(g.emit('scale', [affinity], { factor: inner ** -0.5 }), 2)
    : g.emit('scale', [affinity], { factor: 1 / (pt * ph * pw) });
  const mixed = g.transpose(g.matmul(weights, g.transpose(values, [0, 2, 1])), [0, 2, 1]);
  const out = g.conv3d(g.reshape(mixed, ['N', inner, t, h, w]), {
    channels,
    kernel: [1, 1, 1],
    bias: true,
    name: 'out',
  });
  return g.add(x, g.batchNorm(out));
}

const residualStage: CaseSpec = {
  name: 'two bottleneck blocks, odd sizes, batch 3',
  inputs: { x: [3, 6, 3, 9, 7] },
  build: (g, x) => {
    const first = bottleneck(g, x!, {
      name: 'block0',
      inner: 4,
      channels: 8,
      temporal: 3,
      stride: 2,
    });
    return bottleneck(g, first, { name: 'block1', inner: 4, channels: 8, temporal: 1, stride: 1 });
  },
};

const features: CaseSpec = {
  name: 'features before and after norm and activation are outputs',
  inputs: { x: [2, 3, 4, 6, 6] },
  build: (g, x) => {
    const conv = g.conv3d(x!, { channels: 4, kernel: [3, 3, 3] });
    const norm = g.batchNorm(conv);
    const active = g.relu(norm);
    const next = g.scope('next');
    const sum = next.add(
      active,
      next.batchNorm(next.conv3d(active, { channels: 4, kernel: [1, 1, 1] })),
    );
    return { conv, norm, active, sum, result: next.relu(sum) };
  },
};

const twoPathways: CaseSpec = {
  name: 'two pathways with a time-strided lateral connection and a head',
  inputs: { slow: [2, 3, 3, 11, 9], fast: [2, 3, 24, 11, 9] },
  build: (g, slowClip, fastClip) => {
    const stem = (name: string, clip: Value, channels: number, temporal: number): Value => {
      const scope = g.scope(name);
      const x = scope.relu(convNorm(scope, 'stem', clip, channels, [temporal, 7, 7], [1, 2, 2]));
      return scope.maxPool3d(x, [1, 3, 3], [1, 2, 2], [0, 1, 1]);
    };
    const slow = stem('slow', slowClip!, 8, 1);
    const fast = stem('fast', fastClip!, 4, 5);
    const lateral = g.scope('lateral');
    const message = lateral.relu(convNorm(lateral, 'conv', fast, 8, [5, 1, 1], [8, 1, 1]));
    const fused = g.concat([slow, message]);
    const block = { name: 'res', inner: 4, channels: 8, temporal: 3, stride: 2 };
    const ends = [
      bottleneck(g.scope('slow'), fused, block),
      bottleneck(g.scope('fast'), fast, block),
    ].map((x) => g.mean(x, [2, 3, 4]));
    const logits = g.linear(g.dropout(g.concat(ends), 0.5), 5);
    return { logits, scores: g.softmax(logits, 1), fused };
  },
};

const positionHead: CaseSpec = {
  name: 'head at every position: fixed windows of each pathway, classes last',
  inputs: { slow: [2, 6, 2, 4, 5], fast: [2, 3, 8, 4, 5] },
  build: (g, slow, fast) => {
    const pooled = g.concat([
      g.avgPool3d(slow!, [2, 3, 3], [1, 1, 1]),
      g.avgPool3d(fast!, [8, 3, 3], [1, 1, 1]),
    ]);
    const projection = g.linear(g.transpose(pooled, [0, 2, 3, 4, 1]), 4);
    return { projection, scores: g.mean(g.softmax(projection, 4), [1, 2, 3]) };
  },
};

const nonLocal = (isSoftmax: boolean): CaseSpec => ({
  name: `non-local block, ${isSoftmax ? 'softmax' : 'dot product'}, pooled keys`,
  inputs: { x: [2, 6, 2, 4, 4] },
  build: (g, x) => attention(g, x!, isSoftmax),
});

const gate: CaseSpec = {
  name: 'squeeze and excitation in an inverted bottleneck',
  inputs: { x: [2, 4, 3, 5, 5] },
  build: (g, x) => {
    const wide = g.conv3d(x!, { channels: 8, kernel: [1, 1, 1], name: 'expand' });
    const deep = g.activation(
      g.batchNorm(g.conv3d(wide, { channels: 8, kernel: [3, 3, 3], groups: 8, name: 'deep' })),
      'hardswish',
    );
    const squeezed = g.mean(deep, [2, 3, 4], true);
    const weights = g.activation(
      g.conv3d(squeezed, { channels: 8, kernel: [1, 1, 1], bias: true, name: 'gate' }),
      'sigmoid',
    );
    const gated = g.emit('mul', [deep, weights], {});
    return g.add(x!, g.conv3d(gated, { channels: 4, kernel: [1, 1, 1], name: 'project' }));
  },
};

const sampledLateral: CaseSpec = {
  name: 'time-to-channel and time-strided sampling, summed',
  inputs: { slow: [2, 6, 2, 3, 3], fast: [2, 3, 8, 3, 3] },
  build: (g, slow, fast) => {
    const groups = g.reshape(fast!, ['N', 3, 2, 4, 3, 3]);
    const packed = g.reshape(g.transpose(groups, [0, 3, 1, 2, 4, 5]), ['N', 12, 2, 3, 3]);
    const narrow = g.conv3d(packed, { channels: 6, kernel: [1, 1, 1] });
    const sampled = g.emit('slice', [fast!], { axis: 2, start: 0, stop: 8, step: 4 });
    return { sum: g.add(slow!, narrow), joined: g.concat([slow!, sampled]) };
  },
};

/** Cases that put operations together. */
export const networkCases: readonly CaseSpec[] = [
  residualStage,
  features,
  twoPathways,
  positionHead,
  nonLocal(true),
  nonLocal(false),
  gate,
  sampledLateral,
];
