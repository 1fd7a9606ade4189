/** @file Models as ONNX files. Needs neither ONNX Runtime nor Node: it runs in the browser as it is. */
import {
  checkArguments,
  SpecError,
  bindOptionsOf,
  bindWeights,
  clipInputGraph,
  dynamicSize,
  internalError,
  metadataTexts,
  prepareForInference,
  type Graph,
  type HostTensor,
  type ModelMetadata,
  type RunnableModel,
  type WeightStore,
} from '@slowfast/core';
import type { Calibration } from '../int8/calibration.js';
import { quantizer, type Quantizer, type QuantizeOptions } from '../int8/quantizer.js';
import { bytesOf } from '../lowering/emitter.js';
import { halfPrecision } from '../lowering/half-precision.js';
import { lowerGraph } from '../lowering/lower-graph.js';
import { planOf, type Lowering } from '../lowering/plan.js';
import { floatsOf, type Precision, type StoredWeight } from '../lowering/stored-weights.js';
import { encodeModel } from '../proto/encode.js';
import { PRODUCER } from '../version.js';
import { toFloat16 } from './float16.js';

/** Options of {@link exportOnnx}. */
export interface OnnxExportOptions {
  /** Whether batch norms are folded and activations fused before; default true. */
  readonly optimize?: boolean;
  /**
   * `pathways` (default): one input a pathway. `clip`: one input `clip` with all frames `[N, C, T, H, W]`,
   * from which the frames of each pathway are gathered inside, by the rules of the preprocessing.
   */
  readonly input?: 'pathways' | 'clip';
  /**
   * `float16` stores kernels and matrices as float16 and casts them to float32 in the graph: half the
   * file, the same speed, runs everywhere. `half` computes in float16, too, for graphics processors that have it; processors
   * and WebGPU without `shader-f16` get `float16` from {@link onnxRuntime}. `int8` computes most convolutions with 8-bit codes: a quarter of the
   * file, other scores; it needs a {@link OnnxExportOptions.calibration}. Default `float32`.
   */
  readonly precision?: Precision | 'half' | 'int8';
  /** Ranges of the activations for `int8`: what `calibrate(model, weights, clips)` gives. */
  readonly calibration?: Calibration;
  /** Names of convolutions that stay float in `int8`, beside those that are faster so. */
  readonly keepFloat?: readonly string[];
  /**
   * How layers are written: `none` (default), as the graph has them, for every device; `auto` (default for `int8`,
   * whose layers are as the graph has them in any case), as processors are fast with; or a plan of one's own.
   */
  readonly lowering?: Lowering;
  /**
   * `dynamic`: each run may choose height and width, the same for all pathways; models with non-local blocks
   * cannot. Default `fixed`.
   */
  readonly size?: 'fixed' | 'dynamic';
  /**
   * `dynamic`: each run may choose the number of frames, in the ratio that the pathways have (`T` and `4*T`).
   * Models cannot that take frames by their number: with non-local blocks, time-to-channel or time-strided
   * sampling, or `input: 'clip'`. Default `fixed`.
   */
  readonly frames?: 'fixed' | 'dynamic';
  /** Preprocessing, labels and whether the weights were trained: they travel in the file's `metadata_props`. */
  readonly metadata?: ModelMetadata;
}

/** An ONNX file before its bytes are made. */
export interface OnnxFile {
  /** Bytes of the file. */
  readonly size: number;
  /** The graph that the file holds, after the passes. */
  readonly graph: Graph;
  /** The bytes; a chunk holds one weight at most. Weights are read as the chunks are taken. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** The model in two files: the second, with the weights, is `location` beside the first. */
  apart(location: string): {
    readonly structure: Uint8Array;
    chunks(): AsyncGenerator<Uint8Array>;
  };
}

const DEFAULTS = {
  optimize: true,
  input: 'pathways',
  precision: 'float32',
  size: 'fixed',
  frames: 'fixed',
  metadata: {},
} as const satisfies OnnxExportOptions;

/**
 * The chunks of an ONNX file, opset `OPSET`, for writing one after another: the weights are never in
 * memory whole. The batch dimension is dynamic.
 *
 * Throws {@link SpecError} for options that do not fit the model and RuntimeError for more than
 * 2 GiB; rejects with WeightError for weights that do not fit it.
 *
 * @example
 * ```ts
 * for await (const chunk of exportOnnx(model, weights, { metadata: { preprocessing } })) file.write(chunk);
 * ```
 */
export function exportOnnx(
  model: RunnableModel,
  weights: WeightStore,
  options: OnnxExportOptions = {},
): AsyncGenerator<Uint8Array> {
  checkArguments('exportOnnx', {
    model: [model, 'model'],
    weights: [weights, 'weights'],
    options: [options, 'object?'],
  });

  return onnxFile(model, weights, options).chunks();
}

/** An ONNX file in memory; throws as {@link exportOnnx} does. */
export async function onnxBytes(
  model: RunnableModel,
  weights: WeightStore,
  options: OnnxExportOptions = {},
): Promise<Uint8Array> {
  checkArguments('onnxBytes', {
    model: [model, 'model'],
    weights: [weights, 'weights'],
    options: [options, 'object?'],
  });

  return collectBytes(onnxFile(model, weights, options));
}

/** The whole file in one array, allocated once. */
export async function collectBytes(file: OnnxFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(file.size);
  let offset = 0;
  for await (const chunk of file.chunks()) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  if (offset !== file.size) throw internalError(`${offset} of ${file.size} bytes were written`);
  return bytes;
}

/** The graph that a file holds, after the passes; throws {@link SpecError} for options that do not fit. */
export function exportedGraph(model: RunnableModel, options: OnnxExportOptions = {}): Graph {
  const { optimize, input, size, frames, metadata } = { ...DEFAULTS, ...options };
  const fixed: Graph = input === 'clip' ? clipInputGraph(model, metadata) : model.graph;
  const choice = { size: size === 'dynamic', frames: frames === 'dynamic' };
  const whole = choice.size || choice.frames ? dynamicSize(fixed, choice) : fixed;
  return optimize ? prepareForInference(whole) : whole;
}

/** The metadata that a file holds: those given, and the precision where it is int8. */
export function exportedMetadata({ metadata = {}, precision }: OnnxExportOptions): ModelMetadata {
  return precision === 'int8' ? { ...metadata, precision } : metadata;
}

/** Options of {@link onnxFile}. */
export interface OnnxFileOptions extends OnnxExportOptions {
  /** Channels of a block where the file is for this machine alone: see channelBlock. */
  readonly channelBlock?: number | undefined;
}

/** Plans the file: everything but the weights' contents. */
export function onnxFile(
  model: RunnableModel,
  weights: WeightStore,
  options: OnnxFileOptions = {},
): OnnxFile {
  const { precision } = { ...DEFAULTS, ...options };
  const prepared = exportedGraph(model, options);
  const int8 =
    precision === 'int8' ? quantizer(prepared, quantizeOptions(model, options)) : undefined;
  const graph = int8?.graph ?? prepared;
  const plan = planOf(options.lowering ?? (int8 ? 'auto' : 'none'), graph);
  const isStored = precision === 'float32' || precision === 'float16';
  const asIs = lowerGraph(
    graph,
    isStored ? precision : 'float32',
    plan,
    int8,
    options.channelBlock,
  );
  const { weights: stored, ...lowered } = precision === 'half' ? halfPrecision(asIs) : asIs;
  const encoded = encodeModel({
    ...lowered,
    weights: stored.map(({ info }) => info),
    name: model.name,
    producer: PRODUCER,
    metadata: metadataTexts(model.name, exportedMetadata(options)),
  });
  const contents = (): AsyncGenerator<Uint8Array> =>
    weightBytes(stored, bindWeights(graph, weights, bindOptionsOf(model)), int8);
  return {
    size: encoded.size,
    graph,
    chunks: () => encoded.chunks(contents()),
    apart: (location) => {
      const { structure, chunks } = encoded.apart(location);
      return { structure, chunks: () => chunks(contents()) };
    },
  };
}

function quantizeOptions(
  { name }: RunnableModel,
  { calibration, keepFloat }: OnnxExportOptions,
): QuantizeOptions {
  if (calibration) return { calibration, ...(keepFloat ? { keepFloat } : {}) };
  throw new SpecError({
    site: name,
    expected: "a calibration for precision 'int8'",
    received: 'none',
    remedy: 'Give options.calibration, which calibrate(model, weights, clips) measures',
  });
}

/** Parameters come in the graph's order, as what is stored does. */
async function* weightBytes(
  stored: readonly StoredWeight[],
  bound: AsyncIterable<readonly [string, HostTensor]>,
  int8: Quantizer | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const [name, tensor] of bound) {
    const data = floatsOf(name, tensor);
    int8?.note(name, data);
    for (const { info, arrange } of stored.filter(({ param }) => param === name)) {
      const arranged = arrange(data);
      const isHalved = info.type === 'float16' && arranged instanceof Float32Array;
      yield bytesOf(isHalved ? toFloat16(arranged, name) : arranged);
    }
  }
}
