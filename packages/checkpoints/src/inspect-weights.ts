/** @file What names and shapes of weights tell about the model they belong to. */
import { checkArguments } from '@slowfast/core';
import type { Shape, WeightStore } from '@slowfast/core';

import { zooLayout } from './names/zoo-names.js';

/** One pathway, as its weights show it. */
export interface InferredPathway {
  /** Channels and temporal kernel (frames) of the stem. */
  readonly stem: { readonly channels: number; readonly temporalKernel: number };
  /** Blocks of res2 to res5. */
  readonly blocks: readonly number[];
  readonly block: 'basic' | 'bottleneck';
  /** What kind of network it is. */
  readonly trunk: 'ResNet' | 'X3D' | 'R(2+1)D' | 'CSN';
  /** 18, 34, 50, 101 or 152; undefined for other block counts. */
  readonly depth?: number;
  /** Temporal kernels (frames) of each block's first convolution, res2 to res5. */
  readonly temporalKernels: readonly (readonly number[])[];
  /** Blocks that a non-local block follows, res2 to res5. */
  readonly nonlocal: readonly (readonly number[])[];
  /** Channels after res5. */
  readonly features: number;
}

/** A lateral connection with a convolution. */
export interface InferredLateral {
  readonly from: string;
  readonly to: string;
  /** Stages after which it leaves. */
  readonly after: readonly string[];
  /** Temporal kernel of the convolution, frames. */
  readonly kernel: number;
  /** Output channels over input channels. */
  readonly channelRatio: number;
  /** Whether normalisation follows the convolution. */
  readonly norm: boolean;
}

/** What can be read off weights; α, pooling, activation and all else in preprocessing cannot. */
export interface InferredWeights {
  readonly pathways: Readonly<Record<string, InferredPathway>>;
  readonly laterals: readonly InferredLateral[];
  /** Stem channels of Fast over Slow (the paper's β). */
  readonly beta?: number;
  /** Blocks of res4 with a temporal kernel, as the zoos name them (`50_101`); ResNet-101 with two pathways only. */
  readonly res4Variant?: string;
  /** Outputs and inputs of the classifier. */
  readonly head?: { readonly classes: number; readonly features: number };
  /** Elements of all tensors that are learned (running statistics are not). */
  readonly parameters: number;
}

const STAGES = ['res2', 'res3', 'res4', 'res5'] as const;

const DEPTHS: readonly (readonly [number, InferredPathway['block'], string])[] = [
  [18, 'basic', '2,2,2,2'],
  [34, 'basic', '3,4,6,3'],
  [50, 'bottleneck', '3,4,6,3'],
  [101, 'bottleneck', '3,4,23,3'],
  [152, 'bottleneck', '3,8,36,3'],
];

/** Reads a model's structure off a store with this project's names; reads no tensor. */
export function inspectWeights(store: WeightStore): InferredWeights {
  checkArguments('inspectWeights', { store: [store, 'weights'] });

  const layout = zooLayout('slowfast', store.names);
  const pathways = Object.fromEntries(
    layout.pathways.map((name) => [name, inspectPathway(store, name, layout.blocks[name]!)]),
  );
  const { slow, fast } = pathways;
  const head = shapeIn(store, 'head.projection.weight');
  const variant = slow && fast ? res4Variant(slow, fast) : undefined;
  return {
    pathways,
    laterals: inspectLaterals(store),
    ...(slow && fast ? { beta: fast.stem.channels / slow.stem.channels } : {}),
    ...(variant === undefined ? {} : { res4Variant: variant }),
    ...(head ? { head: { classes: head[0] ?? 0, features: head[1] ?? 0 } } : {}),
    parameters: countParameters(store),
  };
}

const shapeIn = (store: WeightStore, name: string): Shape | undefined =>
  store.names.has(name) ? store.shapeOf(name) : undefined;

function inspectPathway(
  store: WeightStore,
  name: string,
  blocks: readonly number[],
): InferredPathway {
  const stem =
    shapeIn(store, `${name}.stem.conv.weight`) ?? shapeIn(store, `${name}.stem.time.weight`) ?? [];
  const third = [...store.names].some(
    (n) => n.startsWith(`${name}.res`) && n.endsWith('.c.conv.weight'),
  );
  const block = third ? 'bottleneck' : 'basic';
  const each = <T>(read: (stage: string, index: number) => T): readonly (readonly T[])[] =>
    STAGES.map((stage, s) =>
      Array.from({ length: blocks[s]! }, (_, i) => read(`${name}.${stage}.${i}`, i)),
    );
  const depth = DEPTHS.find(([, kind, counts]) => kind === block && counts === blocks.join())?.[0];
  const last = `${name}.res5.${blocks[3]! - 1}.${block === 'bottleneck' ? 'c' : 'b'}.conv.weight`;
  return {
    stem: { channels: stem[0] ?? 0, temporalKernel: stem[2] ?? 0 },
    blocks,
    block,
    trunk: trunkOf(store, name),
    ...(depth === undefined ? {} : { depth }),
    temporalKernels: each((at) => shapeIn(store, `${at}.a.conv.weight`)?.[2] ?? 0),
    nonlocal: each((at, i) => (store.names.has(`${at}.nonlocal.g.weight`) ? i : -1)).map((places) =>
      places.filter((i) => i >= 0),
    ),
    features: shapeIn(store, last)?.[0] ?? 0,
  };
}

/** By what only one kind has; channel-separated networks by convolutions of one channel each. */
function trunkOf(store: WeightStore, pathway: string): InferredPathway['trunk'] {
  if (store.names.has(`${pathway}.stem.spatial.weight`)) return 'X3D';
  if (store.names.has(`${pathway}.res2.0.b.time.conv.weight`)) return 'R(2+1)D';
  const [, inputs, frames] = shapeIn(store, `${pathway}.res2.0.b.conv.weight`) ?? [];
  return inputs === 1 && frames === 3 ? 'CSN' : 'ResNet';
}

function inspectLaterals(store: WeightStore): readonly InferredLateral[] {
  const laterals = new Map<string, InferredLateral & { readonly after: string[] }>();
  for (const name of store.names) {
    const match = /^lateral\.(\w+)_to_(\w+)\.(\w+)\.conv\.weight$/.exec(name);
    if (!match) continue;
    const [, from, to, stage] = match as unknown as [string, string, string, string];
    const lateral = laterals.get(`${from} ${to}`);
    if (lateral) {
      lateral.after.push(stage);
      continue;
    }
    const [out = 0, input = 1, kernel = 0] = store.shapeOf(name);
    laterals.set(`${from} ${to}`, {
      from,
      to,
      after: [stage],
      kernel,
      channelRatio: out / input,
      norm: store.names.has(name.replace(/conv\.weight$/, 'norm.weight')),
    });
  }
  // Files sort by name; the order of the network is what people expect.
  const order = ['stem', ...STAGES] as readonly string[];
  for (const { after } of laterals.values())
    after.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return [...laterals.values()];
}

/** The zoos call the 6 blocks that ResNet-50 has "50", and all 23 "101". */
function res4Variant(slow: InferredPathway, fast: InferredPathway): string | undefined {
  if (slow.depth !== 101 || fast.depth !== 101) return undefined;
  const names = [slow, fast].map(({ temporalKernels }) => {
    const wide = temporalKernels[2]!.filter((kernel) => kernel > 1).length;
    return wide === 6 ? '50' : wide === 23 ? '101' : `${wide} blocks`;
  });
  return names.join('_');
}

function countParameters(store: WeightStore): number {
  let count = 0;
  for (const name of store.names) {
    if (/\.(?:running_mean|running_var|num_batches_tracked)$/.test(name)) continue;
    count += store.shapeOf(name).reduce((a, b) => a * b, 1);
  }
  return count;
}

/** The same for people, one fact a line. */
export function describeWeights(inferred: InferredWeights): readonly string[] {
  checkArguments('describeWeights', { inferred: [inferred, 'object'] });

  const lines: string[] = [];
  for (const [name, pathway] of Object.entries(inferred.pathways)) {
    const { depth, blocks, block, trunk, stem, temporalKernels, nonlocal, features } = pathway;
    const kind =
      depth === undefined
        ? `${trunk === 'ResNet' ? `${block} ` : ''}${trunk} of ${blocks.join('-')} blocks`
        : `${trunk}-${depth}`;
    lines.push(
      `${name}: ${kind}, stem ${stem.channels} channels × ${stem.temporalKernel} frames, ${features} features`,
    );
    // The others look along time in the same way everywhere.
    if (trunk === 'ResNet') {
      const kernels = temporalKernels.map((stage, s) => `${STAGES[s]} ${runs(stage)}`);
      lines.push(`${name} temporal kernels: ${kernels.join(', ')}`);
    }
    const places = nonlocal.flatMap((stage, s) =>
      stage.length ? [`${STAGES[s]} ${stage.join(' ')}`] : [],
    );
    if (places.length) lines.push(`${name} non-local after blocks: ${places.join(', ')}`);
  }
  if (inferred.beta !== undefined)
    lines.push(`β = ${Number(inferred.beta.toFixed(4))} (stem channels of fast over slow)`);
  for (const { from, to, after, kernel, channelRatio, norm } of inferred.laterals) {
    const conv = `time-strided convolution of ${kernel} frames, channels × ${channelRatio}`;
    lines.push(
      `lateral ${from} → ${to} after ${after.join(', ')}: ${conv}, ${norm ? 'with' : 'without'} normalisation`,
    );
  }
  if (inferred.res4Variant !== undefined) lines.push(`res4 variant: ${inferred.res4Variant}`);
  if (inferred.head)
    lines.push(`head: ${inferred.head.classes} classes from ${inferred.head.features} features`);
  lines.push(`parameters: ${inferred.parameters}`);
  return lines;
}

/** `3×6 1×17` for six threes and seventeen ones. */
function runs(values: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const value of values) {
    const last = parts.at(-1);
    if (last?.[0] === value) last[1]++;
    else parts.push([value, 1]);
  }
  return parts.map(([value, count]) => `${value}×${count}`).join(' ');
}
