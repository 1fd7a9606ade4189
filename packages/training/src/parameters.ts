/** @file The parameters of a model in training, and which of them are trained. */
import {
  nearestNames,
  ShapeError,
  shapeText,
  SpecError,
  storedLeaves,
  type Graph,
  type HostTensor,
  type ParamRole,
  type Shape,
} from '@slowfast/core';

/** A parameter of a model in training. */
export interface TrainingParameter {
  /** The graph's name. */
  readonly name: string;
  readonly role: ParamRole;
  /** PyTorch's layout. */
  readonly shape: Shape;
  /** Whether it gets a gradient: neither a running statistic nor frozen. */
  readonly trainable: boolean;
  /** Whether weight decay applies: to weights and biases, not to batch norm's scale and shift. */
  readonly regularised: boolean;
  /** The value in C order, which optimisers change in place. */
  readonly data: Float32Array;
}

/** Names of parts: `slow.res2`, `fast`, or a parameter's whole name. */
export type PartNames = readonly string[];

/** Whether a name is one of these parts or lies in one of them. */
export function isInside(parts: PartNames, name: string): boolean {
  return parts.some((part) => name === part || name.startsWith(`${part}.`));
}

/** Throws {@link SpecError} for parts that hold no parameter. */
export function checkParts(site: string, parts: PartNames, graph: Graph): void {
  const names = [...graph.params.keys()];
  const unknown = parts.find((part) => !names.some((name) => isInside([part], name)));
  if (unknown === undefined) return;
  const partNames = new Set(names.flatMap(partsOf));
  throw new SpecError({
    site,
    expected: 'the name of a part that has parameters',
    received: `'${unknown}'`,
    remedy: `The nearest are ${nearestNames(unknown, partNames).join(', ')}`,
  });
}

/** `a`, `a.b` and `a.b.c` of `a.b.c`. */
function partsOf(name: string): readonly string[] {
  const words = name.split('.');
  return words.map((_, i) => words.slice(0, i + 1).join('.'));
}

const STATISTICS: readonly ParamRole[] = ['running-mean', 'running-variance'];
const REGULARISED: readonly ParamRole[] = ['weight', 'bias'];

/** A parameter with a copy of its value. Throws {@link SpecError} for a folded one. */
export function trainingParameter(
  graph: Graph,
  name: string,
  tensor: HostTensor,
  frozen: PartNames,
): TrainingParameter {
  const param = graph.params.get(name)!;
  if (param.expression.kind !== 'stored') {
    throw new SpecError({
      site: name,
      expected: 'a parameter as it is stored',
      received: `one computed from ${storedLeaves(param.expression).length} tensors`,
      remedy: 'Train the model as it was composed, before batch norms are folded',
    });
  }
  const { role } = param;
  return {
    name,
    role,
    shape: tensor.shape,
    trainable: !STATISTICS.includes(role) && !isInside(frozen, name),
    regularised: REGULARISED.includes(role),
    data: Float32Array.from(tensor.data as Float32Array),
  };
}

/** Throws ShapeError unless a tensor is one of a parameter's shape. */
export function checkTensor(
  site: string,
  { dtype, shape }: HostTensor,
  parameter: Pick<TrainingParameter, 'shape'>,
): void {
  if (dtype === 'float32' && shape.join() === parameter.shape.join()) return;
  throw new ShapeError({
    site,
    expected: `float32 ${shapeText(parameter.shape)}`,
    received: `${dtype} ${shapeText(shape)}`,
  });
}
