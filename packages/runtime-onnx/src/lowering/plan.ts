/**
 * @file Which lowering each layer takes. The rule, by measurements in docs/performance.md:
 *
 * 1. Every convolution and pooling with a known number of frames is computed frame by frame: ONNX Runtime has
 *    blocked kernels for 2-D only, and a frame that is a value of its own is never moved. A temporal kernel
 *    becomes one convolution a tap, which adds to the sum in place; taps outside of the clip are left out.
 * 2. Temporal kernels over fewer than {@link FEW_CHANNELS} channels with at most {@link THIN_FILTERS} filters (the
 *    Fast stem: 3 to 8) take {@link STEM_BLOCK} output frames together, at 1.2 times the arithmetic: so few filters
 *    leave most of a processor's vectors unused.
 * 3. Layers whose height and width each run chooses are plain: ONNX Runtime takes 20 times as long to load frames of
 *    unknown size as those of known size, minutes for a whole network.
 * 4. Layers of one row are plain: a spectrogram has more frames than it has positions in each.
 * 5. Means over several frames stay as they are: heads have them, which cost nothing.
 */
import {
  checkArguments,
  SpecError,
  windowSize,
  type Graph,
  type Node,
  type NodeOf,
} from '@slowfast/core';

/**
 * How a convolution or pooling is computed: `plain`, on five axes, as the graph has it; or by 2-D operations
 * over frames. A pooling takes `1` and `1`.
 */
export type LayerLowering = 'plain' | FrameBlocks;

/**
 * Convolutions from groups of input frames to blocks of output frames, whose channels stand one frame after
 * another; weights are zero where a tap falls outside of its kernel. The results of all groups that a block
 * needs are summed. `1` and `1` is a convolution for each tap.
 */
export interface FrameBlocks {
  /** Output frames of one convolution. */
  readonly outputs: number;
  /** Input frames of one convolution. */
  readonly inputs: number;
}

/** The lowering of layers by the name of their node; those that it does not name are plain. */
export type LoweringPlan = ReadonlyMap<string, LayerLowering>;

/** `none`: every layer as it is; `auto`: {@link planLowering}; or a plan. */
export type Lowering = 'none' | 'auto' | LoweringPlan;

/** Layers that a plan can say something about. */
export type WindowNode = NodeOf<'conv3d'> | NodeOf<'max_pool3d'> | NodeOf<'avg_pool3d'>;

const SINGLE: FrameBlocks = { outputs: 1, inputs: 1 };
/** Channels from which ONNX Runtime blocks the channels of an input, on processors with the narrowest vectors. */
const FEW_CHANNELS = 8;
/** Two frames of so many filters fill the widest vectors twice. */
const THIN_FILTERS = 16;
/** Output frames that thin stems compute together; 3 and 4 are no faster, 8 is slower. */
const STEM_BLOCK: FrameBlocks = { outputs: 2, inputs: 1 };

/** The plan of a graph for processors, after prepareForInference; rules in the file's header. */
export function planLowering(graph: Graph): LoweringPlan {
  checkArguments('planLowering', { graph: [graph, 'graph'] });

  return new Map(
    graph.nodes.flatMap((node) => (isWindow(node) ? [[node.name, lowerLayer(node)] as const] : [])),
  );
}

function lowerLayer(node: WindowNode): LayerLowering {
  if (!hasSize(node) || node.inputs[0]!.type.shape[3] === 1) return 'plain';
  if (node.op === 'conv3d') {
    const { kernel } = node.attrs;
    const channels = node.inputs[0]!.type.shape[1] as number;
    const filters = node.output.type.shape[1] as number;
    const isThinStem = kernel[0] > 1 && channels < FEW_CHANNELS && filters <= THIN_FILTERS;
    if (isThinStem && canTake(node, STEM_BLOCK)) return STEM_BLOCK;
  }
  return canTake(node, SINGLE) ? SINGLE : 'plain';
}

/** Whether height and width are known. */
const hasSize = ({ inputs }: WindowNode): boolean =>
  inputs[0]!.type.shape.slice(3).every((side) => typeof side === 'number');

/** The plan that an option means for a graph; throws {@link SpecError} for one that does not fit it. */
export function planOf(lowering: Lowering, graph: Graph): LoweringPlan {
  if (lowering === 'none') return new Map();
  if (lowering === 'auto') return planLowering(graph);
  const layers = new Map(graph.nodes.map((node) => [node.name, node]));
  for (const [name, layer] of lowering) {
    const node = layers.get(name);
    if (node && isWindow(node) && canTake(node, layer)) continue;
    throw new SpecError({
      site: `lowering of ${name}`,
      expected: 'a layer and a lowering that it can take',
      received: `${layerText(layer)} of ${node ? node.op : 'no layer of this name'}`,
      remedy: 'Start from planLowering(graph) and change the layers that it names',
    });
  }
  return lowering;
}

/** A lowering as text: `plain`, `1 ← 1`, `4 ← 2 frames`. */
export function layerText(layer: LayerLowering): string {
  return layer === 'plain' ? layer : `${layer.outputs} ← ${layer.inputs} frames`;
}

/** Whether a layer can be computed in this way. */
export function canTake(node: WindowNode, layer: LayerLowering): boolean {
  if (layer === 'plain') return true;
  const counts = [layer.outputs, layer.inputs];
  if (!counts.every((count) => Number.isInteger(count) && count >= 1)) return false;
  const isSingle = counts.every((count) => count === 1);
  if (!isSingle && !(node.op === 'conv3d' && node.attrs.groups === 1)) return false;
  if (node.op === 'avg_pool3d' && !isPerFrame(node)) return false;
  if (typeof node.inputs[0]!.type.shape[2] !== 'number') return false;
  // More padding than kernel leaves output frames that no input frame reaches.
  return tapsOf(node).every((taps) => taps.length > 0);
}

/** Whether a node is a convolution or pooling. */
export function isWindow(node: Node): node is WindowNode {
  return node.op === 'conv3d' || node.op === 'max_pool3d' || node.op === 'avg_pool3d';
}

/** Whether each output frame comes from the input frame at its place. */
export function isPerFrame({ attrs }: WindowNode): boolean {
  return attrs.kernel[0] === 1 && attrs.stride[0] === 1 && attrs.padding[0] === 0;
}

/** One element of a temporal kernel and the input frame that it meets. */
export interface Tap {
  readonly tap: number;
  readonly frame: number;
}

/** The taps that meet a frame of the clip, by output frame. */
export function tapsOf(node: WindowNode): readonly (readonly Tap[])[] {
  const { attrs } = node;
  const frames = node.inputs[0]!.type.shape[2] as number;
  const [kernel, stride, padding] = [attrs.kernel[0], attrs.stride[0], attrs.padding[0]];
  const dilation = node.op === 'conv3d' ? node.attrs.dilation[0] : 1;
  const outputs = windowSize(frames, kernel, stride, padding, dilation);
  return Array.from({ length: outputs }, (_, t) =>
    Array.from({ length: kernel }, (_, tap) => ({
      tap,
      frame: t * stride - padding + tap * dilation,
    })).filter(({ frame }) => frame >= 0 && frame < frames),
  );
}
