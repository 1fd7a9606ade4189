/** @file A model as Table 1 of the paper shows it: stages, kernels, output sizes, cost of each. */
import { checkArguments } from '../arguments.js';
import { graphCost, groupedCost, type Cost } from '../cost/graph-cost.js';
import type { Node } from '../ir/types.js';
import type { FeatureInfo, Model } from './model.js';
import type { Pathways, StageBlocks } from './parts.js';

/** One stage of one pathway. */
export interface StageDescription extends Cost {
  readonly pathway: string;
  readonly stage: string;
  /** Kernels in the paper's notation, block by block: `[3x1², 64; 1x3², 64; 1x1², 256] x3`. */
  readonly layers: readonly string[];
  /** Channels, stride, receptive field and shape of the output, before lateral connections. */
  readonly output: Pick<FeatureInfo, 'channels' | 'stride' | 'receptiveField' | 'shape'>;
}

/** One lateral connection after one stage. */
export interface LateralDescription extends Cost {
  readonly from: string;
  readonly to: string;
  readonly after: string;
  readonly kind: string;
  /** Channels of the pathway after merging. */
  readonly channels: number;
}

/** What {@link describeModel} returns. Costs are of one view: one clip, one crop. */
export interface ModelDescription extends Cost {
  readonly name: string;
  /** Multiply-adds of convolutions and linear layers alone. */
  readonly convLinear: number;
  /** Bytes of float32 values alive at once, at most. */
  readonly peakActivationBytes: number;
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  /** τ of each pathway: raw frames from one input frame to the next. */
  readonly temporalStrides: Readonly<Record<string, number>>;
  readonly stages: readonly StageDescription[];
  readonly laterals: readonly LateralDescription[];
  readonly head: Cost & {
    /** Pathways whose last features it reads. */
    readonly pathways: readonly string[];
  };
  readonly outputs: Readonly<Record<string, readonly (number | string)[]>>;
}

/** Stages, laterals and head with their cost; nothing is run. */
export function describeModel<P extends Pathways, O extends string, I extends string>(
  model: Model<P, O, I>,
): ModelDescription {
  checkArguments('describeModel', { model: [model, 'model'] });

  const cost = graphCost(model.graph);
  const groups = groupedCost(cost, groupOf);
  const groupCost = (group: string): Cost => groups.get(group) ?? NOTHING;
  const shapes = (
    values: Readonly<Record<string, { type: { shape: readonly (number | string)[] } }>>,
  ) => Object.fromEntries(Object.entries(values).map(([name, { type }]) => [name, type.shape]));
  const info = model.featureInfo as (tap: string) => FeatureInfo;
  const stages = Object.entries(model.pathways).flatMap(([pathway, { backbone }]) =>
    backbone.stages.map(({ name: stage, blocks }): StageDescription => {
      const { channels, stride, receptiveField, shape } = info(`${pathway}.${stage}`);
      return {
        pathway,
        stage,
        layers: layersOf(model.graph.nodes, `${pathway}.${stage}`, blocks),
        output: { channels, stride, receptiveField, shape },
        ...groupCost(`${pathway}.${stage}`),
      };
    }),
  );
  const laterals = model.laterals.flatMap(({ from, to, after, via }) =>
    after.map((stage): LateralDescription => ({
      from,
      to,
      after: stage,
      kind: via.kind,
      channels: info(`${to}.${stage}.fused`).channels,
      ...groupCost(`lateral.${from}_to_${to}.${stage}`),
    })),
  );
  const { parameters, multiplyAdds, convLinear, activationBytes, peakActivationBytes } = cost;
  return {
    name: model.name,
    parameters,
    multiplyAdds,
    convLinear,
    activationBytes,
    peakActivationBytes,
    inputs: shapes(model.graph.inputs),
    temporalStrides: Object.fromEntries(
      Object.entries(model.pathways).map(([name, { temporalStride }]) => [name, temporalStride]),
    ),
    stages,
    laterals,
    head: { ...groupCost('head'), pathways: headPathways(model) },
    outputs: shapes(model.graph.outputs),
  };
}

/** Pathways whose last value, merged or not, a node of the head reads. */
function headPathways({
  pathways,
  graph,
  taps,
}: Pick<Model, 'pathways' | 'graph' | 'taps'>): readonly string[] {
  const inHead = graph.nodes.filter((node) => groupOf(node) === 'head');
  const values = new Set(inHead.flatMap(({ inputs }) => inputs));
  return Object.entries(pathways).flatMap(([name, { backbone }]) => {
    const last = `${name}.${backbone.stages.at(-1)?.name}`;
    const value = taps.get(`${last}.fused`) ?? taps.get(last);
    return value && values.has(value) ? [name] : [];
  });
}

const NOTHING: Cost = { parameters: 0, multiplyAdds: 0, convLinear: 0, activationBytes: 0 };

/** `slow.res4`, `lateral.fast_to_slow.res4` or `head`: the part of the model that a node belongs to. */
function groupOf(node: Node): string {
  const path = node.name.split('.');
  if (path[0] === 'head') return 'head';
  return path.slice(0, path[0] === 'lateral' ? 3 : 2).join('.');
}

/** The stage's windows in order, those of one block in brackets, equal blocks counted. */
function layersOf(
  nodes: readonly Node[],
  stage: string,
  { scopes, beside = [], added = {} }: StageBlocks = { scopes: [] },
): readonly string[] {
  const layers: string[] = [];
  const blocks = new Map(scopes.map((scope) => [scope, { layers: [] as string[], more: '' }]));
  for (const node of nodes) {
    const text = node.name.startsWith(`${stage}.`) ? windowText(node) : undefined;
    if (text === undefined) continue;
    const [scope = '', part = ''] = node.name.slice(stage.length + 1).split('.');
    const block = blocks.get(scope);
    const addition = Object.hasOwn(added, part) ? ` + ${added[part]}` : undefined;
    if (!block) layers.push(text);
    else if (addition === undefined && !beside.includes(part)) block.layers.push(text);
    else if (addition !== undefined && !block.more.includes(addition)) block.more += addition;
  }
  const texts = [...blocks.values()].map(({ layers, more }) => `[${layers.join('; ')}]${more}`);
  return [...layers, ...counted(texts)];
}

/** Runs of equal texts as one with a count. */
function counted(texts: readonly string[]): readonly string[] {
  const runs: { text: string; count: number }[] = [];
  for (const text of texts) {
    const last = runs.at(-1);
    if (last?.text === text) last.count += 1;
    else runs.push({ text, count: 1 });
  }
  return runs.map(({ text, count }) => `${text} x${count}`);
}

/** `5x7², 8, stride 1,2²`: kernel, channels and stride of a convolution; pooling by name. */
function windowText(node: Node): string | undefined {
  switch (node.op) {
    case 'conv3d': {
      const { kernel, stride, dilation, groups } = node.attrs;
      const extras = [
        ...(stride.some((s) => s !== 1) ? [`stride ${tripleText(stride, ',')}`] : []),
        ...(dilation.some((d) => d !== 1) ? [`dilation ${tripleText(dilation, ',')}`] : []),
        ...(groups > 1 ? [`${groups} groups`] : []),
      ];
      return [tripleText(kernel, 'x'), node.output.type.shape[1], ...extras].join(', ');
    }
    case 'max_pool3d':
    case 'avg_pool3d': {
      const { kernel, stride } = node.attrs;
      const name = node.op === 'max_pool3d' ? 'max-pool' : 'mean-pool';
      return `${name} ${tripleText(kernel, 'x')}, stride ${tripleText(stride, ',')}`;
    }
    default:
      return undefined;
  }
}

/** `1x3²` where height and width agree, else `1x3x5`. */
function tripleText([t, h, w]: readonly [number, number, number], separator: string): string {
  return h === w ? `${t}${separator}${h}²` : [t, h, w].join(separator);
}
