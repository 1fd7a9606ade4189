/**
 * @file 3-D convolution of planes and its gradients. Time becomes one of three things, whichever moves least:
 *
 * 1. `apart`: a 2-D convolution for each tap on the frames that it meets, then a sum. Nothing is computed in vain.
 * 2. `spread`: one convolution with the filters of all taps, whose results are shifted and summed: thin layers.
 * 3. `stacked`: the frames that a window sees become channels: temporal strides, few channels.
 */
import { sizeOf, windowSize, type NodeOf, type Triple, type Value } from '@slowfast/core';
import type { OnnxEmitter } from '../emitter.js';
import type { FormTable } from '../frames/forms.js';
import {
  areTapsFasterBlocked,
  convolvedBlocks,
  inBlocks,
  outOfBlocks,
  type OperandsOfFrames,
} from './blocked-conv2d.js';
import { conv2d, inputGradient2d, turnedWeight, weightGradient2d } from './conv2d.js';
import { inverseMap, mappedFrames, type FrameMap } from './frames-of-planes.js';
import type { Pair, Sizes2d, Window2d } from './window2d.js';

type Attrs = Omit<NodeOf<'conv3d'>['attrs'], 'activation'>;
/** A convolution over known sizes. */
interface Convolution {
  readonly onnx: OnnxEmitter;
  readonly name: string;
  readonly window: Window2d;
  readonly sizes: Sizes2d;
  /** Frames in and out. */
  readonly frames: Pair;
  /** For each tap that meets a frame its number, and the input frame of each output frame. */
  readonly taps: readonly { readonly tap: number; readonly map: FrameMap }[];
  readonly kernel: Triple;
  readonly form: 'apart' | 'spread' | 'stacked';
}

/** Multiply-adds a position from which computing frames in vain costs more than copies of them. */
const MUCH = 64 * 64;

function convolutionOf(
  { onnx }: FormTable,
  { name, attrs }: { readonly name: string; readonly attrs: Attrs },
  [channels, ...input]: readonly number[],
  filters: number,
): Convolution {
  const { kernel, stride, padding, dilation, groups } = attrs;
  const output = input.map((size, axis) =>
    windowSize(size, kernel[axis]!, stride[axis]!, padding[axis]!, dilation[axis]!),
  ) as unknown as Triple;
  const frames = [input[0]!, output[0]] as const;
  const taps = Array.from({ length: kernel[0] }, (_, tap) => ({
    tap,
    map: Array.from({ length: frames[1] }, (_, t) => {
      const from = t * stride[0] - padding[0] + tap * dilation[0];
      return from >= 0 && from < frames[0] ? from : -1;
    }),
  })).filter(({ map }) => map.some((from) => from >= 0));
  const [inArea, outArea] = [input.slice(1), output.slice(1)] as unknown as [Pair, Pair];
  const plane = <T extends Triple>(sizes: T): Pair => [sizes[1], sizes[2]];
  const met = taps.reduce((sum, { map }) => sum + map.filter((from) => from >= 0).length, 0);
  const isWasteful = met < 0.9 * taps.length * frames[1] && channels! * filters >= MUCH;
  const spread = filters * frames[0] * sizeOf(outArea);
  const stacked = channels! * frames[1] * sizeOf(inArea);
  const joined = stride[0] === 1 && spread <= stacked ? 'spread' : 'stacked';
  return {
    ...{ onnx, name, frames, taps, kernel },
    window: {
      kernel: plane(kernel),
      stride: plane(stride),
      padding: plane(padding),
      dilation: plane(dilation),
      groups,
    },
    sizes: { channels: channels!, filters, input: inArea, output: outArea },
    form: groups > 1 || taps.length === 1 || isWasteful ? 'apart' : joined,
  };
}

/** The weight `[O,C/g,kT,kH,kW]` of one tap, `[O,C/g,kH,kW]`. */
function tapWeight(
  { onnx, name, kernel, window, sizes }: Convolution,
  weight: string,
  tap: number,
) {
  const { channels, filters } = sizes;
  if (kernel[0] === 1) {
    const shape = onnx.integers([filters, channels / window.groups, ...window.kernel]);
    return onnx.emit('Reshape', `${name}/weight`, [weight, shape]);
  }
  const index = onnx.integers([tap], 'scalar');
  return onnx.emit('Gather', `${name}/weight${tap}`, [weight, index], { axis: { int: 2 } });
}

/** The weight of all taps that meet a frame, in one: more filters (spread), or more channels (stacked). */
function joinedWeight(convolution: Convolution, weight: string): string {
  const { onnx, name, taps, window, sizes, form, kernel } = convolution;
  const ranges = [[taps[0]!.tap], [taps.at(-1)!.tap + 1], [2]];
  const met =
    taps.length === kernel[0]
      ? weight
      : onnx.emit('Slice', `${name}/taps`, [weight, ...ranges.map((part) => onnx.integers(part))]);
  const perm = form === 'spread' ? [2, 0, 1, 3, 4] : [0, 2, 1, 3, 4];
  const first = onnx.emit('Transpose', `${name}/taps first`, [met], { perm: { ints: perm } });
  const { filters, channels } = joinedSizes(convolution);
  const shape = onnx.integers([filters, channels, ...window.kernel]);
  return onnx.emit('Reshape', `${name}/joined ${sizes.filters}`, [first, shape]);
}

function joinedSizes({ taps, sizes, form }: Convolution): Sizes2d {
  const { filters, channels } = sizes;
  return form === 'spread'
    ? { ...sizes, filters: filters * taps.length }
    : { ...sizes, channels: channels * taps.length };
}

/** For each tap the frames of a value, its channels joined in one. */
function stack(
  { onnx, taps }: Convolution,
  name: string,
  value: string,
  side: { channels: number; area: Pair; frames: number; maps: readonly FrameMap[] },
): string {
  const parts = taps.map(({ tap }, i) => {
    const { channels, frames, maps, area } = side;
    const map = maps[i]!;
    return mappedFrames(onnx, `${name}/tap${tap}`, value, { map, frames, channels }, area);
  });
  return onnx.emit('Concat', `${name}/stack`, parts, { axis: { int: 1 } });
}

/** The sum over taps of frames of each one's share of the channels. */
function unstackedSum(
  { onnx, taps }: Convolution,
  name: string,
  value: string,
  side: { channels: number; area: Pair; frames: number; maps: readonly FrameMap[] },
): string {
  const { channels, frames, maps, area } = side;
  return sumOf(
    onnx,
    name,
    taps.map(({ tap }, i) => {
      const ranges = [[i * channels], [(i + 1) * channels], [1]].map((part) => onnx.integers(part));
      const own = onnx.emit('Slice', `${name}/channels${tap}`, [value, ...ranges]);
      const map = maps[i]!;
      return mappedFrames(onnx, `${name}/shift${tap}`, own, { map, frames, channels }, area);
    }),
  );
}

function sumOf(onnx: OnnxEmitter, name: string, terms: readonly string[]): string {
  return terms.reduce((sum, term, i) => {
    return onnx.emit('Add', i === terms.length - 1 ? name : `${name}/sum${i}`, [sum, term]);
  });
}

/** The frames of a map that are there, without zeros. */
const present = (map: FrameMap): FrameMap => map.filter((from) => from >= 0);

/** Planes `[T·N,C,H,W]` and the whole weight to planes `[T'·N,O,H',W']`, without a bias. */
export function convolvedPlanes(table: FormTable, node: NodeOf<'conv3d'>, weight: string): string {
  const { name, inputs, attrs, output } = node;
  const [, ...sizes] = inputs[0]!.type.shape as readonly number[];
  const convolution = convolutionOf(table, { name, attrs }, sizes, output.type.shape[1] as number);
  const { onnx, taps, frames, window, form } = convolution;
  const { channels, filters, input, output: area } = convolution.sizes;
  const x = table.planes(inputs[0]!);
  const maps = taps.map(({ map }) => map);
  if (form === 'stacked') {
    const stacked = stack(convolution, name, x, {
      ...{ channels, maps },
      ...{ area: input, frames: frames[0] },
    });
    const operands = [stacked, joinedWeight(convolution, weight)] as const;
    return conv2d(onnx, `${name}/linear`, operands, window, joinedSizes(convolution));
  }
  if (form === 'spread') {
    const operands = [x, joinedWeight(convolution, weight)] as const;
    const all = conv2d(onnx, `${name}/all`, operands, window, joinedSizes(convolution));
    return unstackedSum(convolution, `${name}/linear`, all, {
      ...{ channels: filters, maps },
      ...{ area, frames: frames[0] },
    });
  }
  return throughBlocks(
    convolution,
    `${name}/linear`,
    x,
    convolution.sizes,
    (source, convolve, as) =>
      sumOf(
        onnx,
        as,
        taps.map(({ tap, map }) => {
          const from = { map: present(map), frames: frames[0], channels };
          const seen = mappedFrames(onnx, `${name}/frames${tap}`, source, from, input);
          const own = tapWeight(convolution, weight, tap);
          const part = convolve
            ? convolve(`${name}/tap${tap}`, seen, own)
            : conv2d(onnx, `${name}/tap${tap}`, [seen, own], window, convolution.sizes);
          return placed(convolution, `${name}/place${tap}`, part, { map, channels: filters, area });
        }),
      ),
  );
}

type ConvolveBlocks = (name: string, blocks: string, weight: string) => string;

/** Computes something of planes: in blocks, which are made once and taken apart once, where that is faster for its taps. */
function throughBlocks(
  { onnx, window, taps }: Convolution,
  name: string,
  planes: string,
  sizes: Pick<Sizes2d, 'channels' | 'filters'>,
  compute: (source: string, convolve: ConvolveBlocks | undefined, as: string) => string,
): string {
  if (taps.length === 1 || !areTapsFasterBlocked(onnx, window, sizes)) {
    return compute(planes, undefined, name);
  }
  const blocks = inBlocks(onnx, `${name}/in blocks`, planes);
  const convolve: ConvolveBlocks = (as, source, weight) =>
    convolvedBlocks(onnx, as, [source, weight], window, sizes);
  return outOfBlocks(onnx, name, compute(blocks, convolve, `${name}/blocks`), sizes.filters);
}

/** Frames that were computed without those that see nothing, among zeros. */
function placed(
  { onnx }: Convolution,
  name: string,
  part: string,
  { map, channels, area }: { map: FrameMap; channels: number; area: Pair },
): string {
  let next = 0;
  const place = map.map((from) => (from < 0 ? -1 : next++));
  return mappedFrames(onnx, name, part, { map: place, frames: next, channels }, area);
}

const sizesOf = (value: Value): readonly number[] => value.type.shape.slice(1) as number[];

/** The gradient of the input, as planes. */
export function inputGradientPlanes(
  node: NodeOf<'conv3d_input_gradient'>,
  table: FormTable,
  weight: string,
): string {
  const { name, attrs, inputs, output } = node;
  const dy = table.planes(inputs[0]!);
  const filters = inputs[0]!.type.shape[1] as number;
  const convolution = convolutionOf(table, { name, attrs }, sizesOf(output), filters);
  const { onnx, taps, frames, window, form, sizes } = convolution;
  const { channels, input, output: area } = sizes;
  const inverse = taps.map(({ map }) => inverseMap(map, frames[0]));
  if (form === 'spread') {
    const side = { channels: filters, area, frames: frames[1], maps: inverse };
    const stacked = stack(convolution, name, dy, side);
    const operands = [stacked, joinedWeight(convolution, weight)] as const;
    return inputGradient2d(onnx, name, operands, window, joinedSizes(convolution));
  }
  if (form === 'stacked') {
    const operands = [dy, joinedWeight(convolution, weight)] as const;
    const all = inputGradient2d(onnx, `${name}/all`, operands, window, joinedSizes(convolution));
    const side = { channels, area: input, frames: frames[1], maps: inverse };
    return unstackedSum(convolution, name, all, side);
  }
  const exchanged = { channels: filters, filters: channels };
  return throughBlocks(convolution, name, dy, exchanged, (source, convolve, as) => {
    const terms = taps.map(({ tap, map }, i) => {
      const met = { map: present(inverse[i]!), frames: frames[1], channels: filters };
      // In the order of the input's frames, so that those of the gradient follow each other.
      const seen = mappedFrames(onnx, `${name}/frames${tap}`, source, met, area);
      const own = tapWeight(convolution, weight, tap);
      const ofTap = `${name}/tap${tap}`;
      const part = convolve
        ? convolve(ofTap, seen, turnedWeight(onnx, ofTap, own, { ...sizes, ...window }))
        : inputGradient2d(onnx, ofTap, [seen, own], window, sizes);
      const place = { map: inverse[i]!, channels, area: input };
      return map.length === 0 ? part : placed(convolution, `${name}/place${tap}`, part, place);
    });
    return sumOf(onnx, as, terms);
  });
}

/** Some of a map, by their number; all where none are named. */
const picked = (map: FrameMap, some: FrameMap | undefined): FrameMap =>
  some ? some.map((t) => map[t]!) : map;

/** The gradient of the weight `[O,C/g,kT,kH,kW]`. */
export function weightGradientOf(node: NodeOf<'conv3d_weight_gradient'>, table: FormTable): string {
  const { name, attrs, inputs, output } = node;
  const [dy, x] = inputs.map((value) => table.planes(value)) as [string, string];
  const filters = output.type.shape[0] as number;
  const convolution = convolutionOf(table, { name, attrs }, sizesOf(inputs[1]!), filters);
  const { onnx, taps, frames, window, form, sizes, kernel } = convolution;
  const { channels, input, output: area } = sizes;
  const maps = taps.map(({ map }) => map);
  const count = taps.length;
  let met: string;
  if (form === 'apart') {
    const parts = taps.map(({ tap, map }) => {
      const reached = map.flatMap((from, t) => (from < 0 ? [] : [t]));
      const operands: OperandsOfFrames = (as, some) => {
        const seen = { map: picked(present(map), some), frames: frames[0], channels };
        const own = { map: picked(reached, some), frames: frames[1], channels: filters };
        return [
          mappedFrames(onnx, `${as}/dy`, dy, own, area),
          mappedFrames(onnx, `${as}/x`, x, seen, input),
        ];
      };
      const part = weightGradient2d(
        onnx,
        `${name}/tap${tap}`,
        operands,
        window,
        sizes,
        reached.length,
      );
      const shape = onnx.integers([filters, channels / window.groups, 1, ...window.kernel]);
      return onnx.emit('Reshape', `${name}/whole${tap}`, [part, shape]);
    });
    met = count === 1 ? parts[0]! : onnx.emit('Concat', `${name}/met`, parts, { axis: { int: 2 } });
  } else {
    const isSpread = form === 'spread';
    const inverse = maps.map((map) => inverseMap(map, frames[0]));
    const ofGradient = { channels: filters, area, frames: frames[1] };
    const ofInput = { channels, area: input, frames: frames[0] };
    const operands: OperandsOfFrames = (as, some) => {
      const stacked = (isSpread ? inverse : maps).map((map) => picked(map, some));
      const [value, side] = isSpread ? [x, ofInput] : [dy, ofGradient];
      const all = Array.from({ length: side.frames }, (_, t) => t);
      const own = { ...side, map: picked(all, some) };
      const alone = mappedFrames(onnx, `${as}/frames`, value, own, side.area);
      return isSpread
        ? [stack(convolution, as, dy, { ...ofGradient, maps: stacked }), alone]
        : [alone, stack(convolution, as, x, { ...ofInput, maps: stacked })];
    };
    const all = weightGradient2d(
      onnx,
      `${name}/all`,
      operands,
      window,
      joinedSizes(convolution),
      isSpread ? frames[0] : frames[1],
    );
    const order = isSpread ? [count, filters, channels] : [filters, count, channels];
    const shape = onnx.integers([...order, ...window.kernel]);
    const split = onnx.emit('Reshape', `${name}/split`, [all, shape]);
    const perm = isSpread ? [1, 2, 0, 3, 4] : [0, 2, 1, 3, 4];
    met = onnx.emit('Transpose', `${name}/met`, [split], { perm: { ints: perm } });
  }
  // Taps that never meet a frame get nothing.
  const [before, after] = [taps[0]!.tap, kernel[0] - 1 - taps.at(-1)!.tap];
  if (before === 0 && after === 0) return met;
  return onnx.emit('Pad', name, [met, onnx.integers([0, 0, before, 0, 0, 0, 0, after, 0, 0])]);
}
