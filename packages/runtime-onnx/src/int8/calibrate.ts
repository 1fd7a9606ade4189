/** @file Ranges of activations, measured in float on clips. */
import {
  checkArguments,
  RuntimeError,
  SpecError,
  prepareForInference,
  prune,
  bindOptionsOf,
  type Graph,
  type HostTensor,
  type Node,
  type RunnableModel,
  type Value,
  type WeightStore,
} from '@slowfast/core';
import type { OnnxSessionOptions } from '../session/compile-onnx.js';
import { onnxRuntime } from '../session/onnx-runtime.js';
import type { Calibration, ValueRange } from './calibration.js';
import { quantizedParts } from './quantized-parts.js';

/** Options of {@link calibrate}. */
export interface CalibrateOptions extends OnnxSessionOptions {
  /**
   * How the ranges of the clips become one: `mean` (default), the mean of their ends, cuts rare extremes off; `max`,
   * the widest, cuts nothing.
   */
  readonly combine?: Calibration['combine'];
  /** As it will be given to exportOnnx. */
  readonly keepFloat?: readonly string[];
  /** Rejects with the signal's reason when aborted, after the clip that is being looked at. */
  readonly signal?: AbortSignal;
  /** Called after each feed with the clips so far. */
  readonly onProgress?: (clips: number) => void;
}

/**
 * Runs the float network on clips (feeds of the model, any number of clips in each) and gives the ranges of the
 * activations that become codes. Smallest and largest elements are found within the graph, so that no activation
 * leaves it. Throws {@link SpecError} for no clips, RuntimeError where activations are not finite.
 *
 * @example
 * ```ts
 * const calibration = await calibrate(model, weights, clips);
 * for await (const chunk of exportOnnx(model, weights, { precision: 'int8', calibration })) file.write(chunk);
 * ```
 */
export async function calibrate<I extends string>(
  model: RunnableModel<I>,
  weights: WeightStore,
  clips: AsyncIterable<Readonly<Record<I, HostTensor>>> | Iterable<Readonly<Record<I, HostTensor>>>,
  options: CalibrateOptions = {},
): Promise<Calibration> {
  checkArguments('calibrate', {
    model: [model, 'model'],
    weights: [weights, 'weights'],
    options: [options, 'object?'],
  });

  const { combine = 'mean', keepFloat, signal, onProgress, ...session } = options;
  signal?.throwIfAborted();
  const probed = prepareForInference(model.graph);
  const probes = probesOf(probed, new Set(quantizedParts(probed, keepFloat).ranges.values()));
  const { name } = model;
  const extremes = new Map(probes.map(({ output }) => [output.name, [] as number[]]));
  let count = 0;
  if (probes.length > 0) {
    const graph = withProbes(probed, probes);
    const inputs = Object.keys(graph.inputs) as I[];
    await using compiled = await onnxRuntime().compile<I, string>(
      { name, graph, parameterNames: bindOptionsOf(model).known },
      weights,
      { ...session, optimize: false, lowering: 'none' },
    );
    for await (const clip of clips) {
      signal?.throwIfAborted();
      const extrema = await compiled.run(only(inputs, clip));
      for (const [probe, values] of extremes) values.push(...finite(probe, extrema[probe]!, name));
      count = extremes.values().next().value!.length;
      onProgress?.(count);
    }
    signal?.throwIfAborted();
    if (count === 0) throw noClips(name);
  }
  const ranges = Object.fromEntries(
    probes
      .filter(({ end }) => end === 'max')
      .map(({ value, output }): [string, ValueRange] => {
        const lowest = extremes.get(probeName(value, 'min'));
        return [
          value.name,
          // Relu gives nothing below zero: nothing was measured.
          [
            lowest ? 0 - combined(lowest, combine) : 0,
            combined(extremes.get(output.name)!, combine),
          ],
        ];
      }),
  );
  return { model: name, clips: count, combine, ranges };
}

/** What finds one end of a value's range: the largest element of each clip, of the value or of its negative. */
interface Probe {
  readonly value: Value;
  readonly end: 'min' | 'max';
  readonly nodes: readonly Node[];
  readonly output: Value;
}

const probeName = ({ name }: Value, end: Probe['end']): string => `${end} of ${name}`;

function probesOf(graph: Graph, names: ReadonlySet<string>): readonly Probe[] {
  const isRelu = new Set(
    graph.nodes.flatMap(({ attrs, output }) =>
      'activation' in attrs && attrs.activation === 'relu' ? [output.name] : [],
    ),
  );
  const values = [
    ...Object.values<Value>(graph.inputs),
    ...graph.nodes.map(({ output }) => output),
  ];
  return values
    .filter(({ name }) => names.has(name))
    .flatMap((value) => [
      ...(isRelu.has(value.name) ? [] : [probeOf(value, 'min')]),
      probeOf(value, 'max'),
    ]);
}

function probeOf(value: Value, end: Probe['end']): Probe {
  const name = probeName(value, end);
  const { dtype, shape } = value.type;
  const negative: Value = { name: `negative of ${value.name}`, type: value.type };
  const output: Value = { name, type: { dtype, shape: shape.slice(0, 1) } };
  const axes = shape.map((_, axis) => axis).slice(1);
  const reduced = (x: Value): Node => {
    return { op: 'reduce', name, inputs: [x], output, attrs: { fn: 'max', axes, keepDims: false } };
  };
  if (end === 'max') return { value, end, nodes: [reduced(value)], output };
  const { name: scaled } = negative;
  const attrs = { factor: -1 };
  const negate: Node = { op: 'scale', name: scaled, inputs: [value], output: negative, attrs };
  return { value, end, nodes: [negate, reduced(negative)], output };
}

/**
 * The graph up to its last probe. Probes follow what they look at, so that no value is kept longer than the network
 * needs it.
 */
function withProbes<I extends string>(graph: Graph<I>, probes: readonly Probe[]): Graph<I> {
  const nodesFor = ({ name }: Value): readonly Node[] =>
    probes.filter(({ value }) => value.name === name).flatMap(({ nodes }) => nodes);
  return prune({
    ...graph,
    nodes: [
      ...Object.values<Value>(graph.inputs).flatMap(nodesFor),
      ...graph.nodes.flatMap((node) => [node, ...nodesFor(node.output)]),
    ],
    outputs: Object.fromEntries(probes.map(({ output }) => [output.name, output])),
  });
}

/** What the probed part of the network takes: boxes, say, are for its head alone. */
function only<I extends string>(
  inputs: readonly I[],
  clip: Readonly<Record<I, HostTensor>>,
): Readonly<Record<I, HostTensor>> {
  const names = inputs.filter((name) => Object.hasOwn(clip, name));
  return Object.fromEntries(names.map((name) => [name, clip[name]])) as typeof clip;
}

function finite(probe: string, { data }: HostTensor, site: string): readonly number[] {
  const values = Array.from(data, Number);
  if (values.every(Number.isFinite)) return values;
  throw new RuntimeError({
    site,
    expected: 'finite activations',
    received: `${probe}: ${values.join(', ')}`.slice(0, 120),
    remedy: 'The weights or the clips are damaged',
  });
}

function combined(ends: readonly number[], combine: Calibration['combine']): number {
  if (combine === 'max') return Math.max(...ends);
  return ends.reduce((sum, end) => sum + end, 0) / ends.length;
}

const noClips = (site: string): SpecError =>
  new SpecError({ site, expected: 'clips to calibrate with', received: 'none' });
