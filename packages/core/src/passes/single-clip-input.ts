/**
 * @file One raw-clip input in place of one input a pathway.
 *
 * 1. The inputs of five axes `[N, C, T, H, W]` (the pathways) become one input `[N, C, frames, H, W]`.
 * 2. A pathway with indices becomes `gather(clip, indices)` along T, under the name the input had.
 * 3. A pathway that takes every frame in order reads the clip itself.
 * 4. Inputs of other ranks (boxes) stay.
 */
import { checkArguments } from '../arguments.js';
import { SpecError } from '../errors.js';
import type { Graph, Node, TensorType, Value } from '../ir/types.js';
import { shapeText } from '../ops/definition.js';
import { substitute, valueNames } from './rewrite.js';

/** Options of {@link singleClipInput}. */
export interface SingleClipOptions {
  /** Which frames of the clip a pathway takes, by input name; one left out takes every frame. */
  readonly indices?: Readonly<Record<string, readonly number[]>>;
  /** Frames of the clip; default: those of the pathway that has most. */
  readonly frames?: number;
  /** Name of the new input; default `clip`. */
  readonly name?: string;
}

/**
 * Gives a graph one raw-clip input `[N, C, frames, H, W]`, from which the frames of each pathway are
 * taken inside. Throws {@link SpecError} when the pathways differ in more than frames, or when the
 * indices do not fit them.
 */
export function singleClipInput<O extends string>(
  graph: Graph<string, O>,
  options: SingleClipOptions = {},
): Graph<string, O> {
  checkArguments('singleClipInput', { graph: [graph, 'graph'], options: [options, 'object?'] });

  const { indices = {}, name = 'clip' } = options;
  const all = Object.entries<Value>(graph.inputs);
  const pathways = all.filter(([, { type }]) => type.shape.length === 5);
  const frames = options.frames ?? mostFrames(pathways);
  const clip: Value = { name, type: clipType(pathways, frames) };
  checkNames(graph, pathways, indices, name);
  const gathers: Node[] = [];
  const replacements = new Map<string, Value>();
  for (const [input, value] of pathways) {
    const choice = checkedIndices(input, value, indices[input], frames);
    const isWhole = choice.length === frames && choice.every((frame, i) => frame === i);
    if (isWhole && value.name !== name) replacements.set(value.name, clip);
    if (isWhole) continue;
    const output: Value = value.name === name ? { ...value, name: `${name}.frames` } : value;
    if (output !== value) replacements.set(value.name, output);
    const attrs = { axis: 2, indices: choice };
    gathers.push({ op: 'gather', name: output.name, inputs: [clip], output, attrs });
  }
  const rest = all.filter(([, { type }]) => type.shape.length !== 5);
  const rewritten = substitute(graph, replacements);
  return {
    ...rewritten,
    inputs: Object.fromEntries([[name, clip] as const, ...rest]),
    nodes: [...gathers, ...rewritten.nodes],
  };
}

type Pathways = readonly (readonly [input: string, value: Value])[];

function mostFrames(pathways: Pathways): number {
  const lengths = pathways.flatMap(([, { type }]) => {
    const frames = type.shape[2];
    return typeof frames === 'number' ? [frames] : [];
  });
  return Math.max(0, ...lengths);
}

function clipType(pathways: Pathways, frames: number): TensorType {
  const [first, ...others] = pathways;
  if (!first) throw wrong('an input [N, C, T, H, W]', 'a graph without one');
  if (!Number.isInteger(frames) || frames < 1) {
    throw wrong('a clip of at least one frame', `${frames} frames`);
  }
  const [input, { type }] = first;
  const rest = (shape: TensorType['shape']): string => shapeText(shape.toSpliced(2, 1));
  for (const [other, { type: otherType }] of others) {
    if (rest(otherType.shape) === rest(type.shape) && otherType.dtype === type.dtype) continue;
    throw wrong(
      `pathways that differ in frames only`,
      `${input} ${shapeText(type.shape)} and ${other} ${shapeText(otherType.shape)}`,
      'Export this model with one input a pathway',
    );
  }
  return { dtype: type.dtype, shape: type.shape.with(2, frames) };
}

function checkNames(
  graph: Graph,
  pathways: Pathways,
  indices: Readonly<Record<string, readonly number[]>>,
  name: string,
): void {
  const replaced = new Set(pathways.map(([, value]) => value.name));
  if (valueNames(graph).has(name) && !replaced.has(name)) {
    throw wrong('a name for the clip that is free', `'${name}'`, 'Choose another name');
  }
  const inputs = pathways.map(([input]) => input);
  for (const input of Object.keys(indices)) {
    if (inputs.includes(input)) continue;
    throw wrong(`indices for ${inputs.join(', ')}`, `indices for '${input}'`);
  }
}

function checkedIndices(
  input: string,
  { type }: Value,
  choice: readonly number[] | undefined,
  frames: number,
): readonly number[] {
  const own = type.shape[2]!;
  if (!choice) {
    if (own === frames) return Array.from({ length: frames }, (_, i) => i);
    throw wrong(
      `indices for ${input}, which has ${own} of ${frames} frames`,
      'none',
      'Give the indices of its frames in the clip',
    );
  }
  if (choice.length !== own) {
    throw wrong(`${own} indices for ${input}`, `${choice.length}`);
  }
  const outside = choice.find((frame) => !Number.isInteger(frame) || frame < 0 || frame >= frames);
  if (outside !== undefined) {
    throw wrong(`indices for ${input} within 0..${frames - 1}`, `${outside}`);
  }
  return choice;
}

const wrong = (expected: string, received: string, remedy?: string): SpecError =>
  new SpecError({
    site: 'single clip input',
    expected,
    received,
    ...(remedy ? { remedy } : {}),
  });
