/** @file The lowerings of a layer that are worth measuring, and what tells layers apart. */
import type { Graph, NodeOf } from '@slowfast/core';
import {
  canTake,
  tapsOf,
  type FrameBlocks,
  type LayerLowering,
  type WindowNode,
} from '../lowering/plan.js';

const SINGLE: FrameBlocks = { outputs: 1, inputs: 1 };

/** Blocks of frames for temporal kernels. */
const BLOCKS: readonly FrameBlocks[] = [
  { outputs: 2, inputs: 1 },
  { outputs: 2, inputs: 2 },
  { outputs: 3, inputs: 1 },
  { outputs: 4, inputs: 1 },
  { outputs: 4, inputs: 2 },
];

/** Blocks that compute more than so many times what the layer needs, for their zeros, were never faster. */
const MOST_ARITHMETIC = 1.7;

/** Every lowering that a layer can take and that may be its fastest. */
export function candidatesOf(node: WindowNode): readonly LayerLowering[] {
  const blocks = node.op === 'conv3d' && node.attrs.kernel[0] > 1 ? BLOCKS : [];
  return ['plain' as const, SINGLE, ...blocks].filter(
    (layer) => canTake(node, layer) && arithmeticOf(node, layer) <= MOST_ARITHMETIC,
  );
}

/** Multiply-adds of a lowering, zeros included, over those that the layer needs. */
function arithmeticOf(node: WindowNode, layer: LayerLowering): number {
  if (layer === 'plain') return 1;
  const outputs = tapsOf(node);
  let computed = 0;
  for (let first = 0; first < outputs.length; first += layer.outputs) {
    const block = outputs.slice(first, first + layer.outputs);
    const groups = block.flat().map(({ frame }) => Math.floor(frame / layer.inputs));
    computed += new Set(groups).size * layer.inputs * block.length;
  }
  return computed / outputs.flat().length;
}

/** A layer that can be measured, and where it stands. */
export interface TunableLayer {
  readonly node: WindowNode;
  /** Whether it reads an input of the graph, which is never in frames. */
  readonly readsInput: boolean;
  /** The same for layers that take the same time. */
  readonly signature: string;
  readonly candidates: readonly LayerLowering[];
}

/** The layers of a graph that have a choice; sizes that are known only when running leave none. */
export function tunableLayers(
  graph: Graph,
  layers: readonly WindowNode[],
): readonly TunableLayer[] {
  const inputs = new Set(Object.values(graph.inputs).map(({ name }) => name));
  return layers.flatMap((node): TunableLayer[] => {
    const candidates = candidatesOf(node);
    const sizes = node.inputs[0]!.type.shape.slice(1);
    if (candidates.length < 2 || !sizes.every((size) => typeof size === 'number')) return [];
    const readsInput = inputs.has(node.inputs[0]!.name);
    return [{ node, readsInput, candidates, signature: signatureOf(node, readsInput) }];
  });
}

function signatureOf(node: WindowNode, readsInput: boolean): string {
  const { kernel, stride, padding } = node.attrs;
  const [input, output] = [node.inputs[0]!, node.output].map(({ type }) =>
    type.shape.slice(1).join('x'),
  );
  const window = `k${kernel.join('x')} s${stride.join('x')} p${padding.join('x')}`;
  const rest = node.op === 'conv3d' ? ` ${convolution(node)}` : '';
  return `${node.op} ${input}>${output} ${window}${rest}${readsInput ? ' input' : ''}`;
}

const convolution = ({ inputs, attrs }: NodeOf<'conv3d'>): string =>
  `d${attrs.dilation.join('x')} g${attrs.groups} ${attrs.activation}${inputs.length > 2 ? ' bias' : ''}`;
