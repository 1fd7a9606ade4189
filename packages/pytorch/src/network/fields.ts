/** @file The numbers of a layer or an operation that may differ where the structure is the same. */
import type { Dim, Node, NodeOf, Triple, Value } from '@slowfast/core';
import type { LayerKind } from './scopes.js';

/** What a number is for; those of one family may stand for each other. */
export type FieldKind =
  | 'in_channels'
  | 'out_channels'
  | 'channels'
  | 'groups'
  | 'kernel'
  | 'stride'
  | 'padding'
  | 'dilation'
  | 'eps'
  | 'momentum'
  | 'shape'
  | 'size'
  | 'window'
  | 'indices'
  | 'factor'
  | 'rate'
  | 'present';

/** A number or some. */
export type FieldValue = boolean | number | string | readonly (number | string)[];

/** A number of a layer or operation. */
export interface Field {
  readonly kind: FieldKind;
  /** The parameter of the Python function that takes it. */
  readonly keyword: string;
  readonly value: FieldValue;
  /** Of torch.nn; a field that always has it is left out. */
  readonly initial?: FieldValue;
  /** The parts from the layer or operation up to the class, for names: `a`, `a_conv`. */
  readonly owner: string;
}

/** The structure and the numbers of a layer or an operation. */
export interface Described {
  /** Equal where the structure is. */
  readonly key: string;
  readonly fields: readonly Field[];
}

const ONES: Triple = [1, 1, 1];
const ZEROS: Triple = [0, 0, 0];

/** Whether the padding is what keeps the size at stride 1. */
function keepsSize({ attrs }: NodeOf<'conv3d'>): boolean {
  const { kernel, dilation, padding } = attrs;
  return padding.every((pad, i) => pad === Math.floor((dilation[i]! * (kernel[i]! - 1)) / 2));
}

/** A layer of torch.nn as its node has it. */
export function layerOf(node: Node, owner: string): Described & { readonly layer: LayerKind } {
  const [x, weight, bias] = node.inputs as [Value, Value, Value | undefined];
  const shape = weight.type.shape as readonly number[];
  const channels = (kind: FieldKind, value: number): Field => ({ kind, keyword: '', value, owner });
  switch (node.op) {
    case 'conv3d': {
      const { kernel, stride, padding, dilation, groups, activation } = node.attrs;
      const same = keepsSize(node);
      return {
        layer: 'conv3d',
        key: `Conv3d${bias ? '+bias' : ''}${same ? ' same' : ''} ${activation}`,
        fields: [
          channels('in_channels', shape[1]! * groups),
          channels('out_channels', shape[0]!),
          { kind: 'kernel', keyword: '', value: kernel, owner },
          { kind: 'stride', keyword: 'stride', value: stride, initial: ONES, owner },
          { kind: 'padding', keyword: 'padding', value: padding, initial: ZEROS, owner },
          { kind: 'dilation', keyword: 'dilation', value: dilation, initial: ONES, owner },
          { kind: 'groups', keyword: 'groups', value: groups, initial: 1, owner },
        ],
      };
    }
    case 'batch_norm': {
      const { epsilon, momentum } = node.attrs;
      const rank = x.type.shape.length;
      return {
        layer: 'batch_norm',
        key: `BatchNorm${Math.max(1, rank - 2)}d`,
        fields: [
          channels('channels', shape[0]!),
          { kind: 'eps', keyword: 'eps', value: epsilon, initial: 1e-5, owner },
          { kind: 'momentum', keyword: 'momentum', value: momentum, initial: 0.1, owner },
        ],
      };
    }
    default:
      return {
        layer: 'linear',
        key: `Linear${bias ? '+bias' : ''}`,
        fields: [channels('in_channels', shape[1]!), channels('out_channels', shape[0]!)],
      };
  }
}

/** An operation without parameters of its own; `before` are the values that a reshape may take its shape from. */
export function operationOf(node: Node, owner: string, before: readonly Value[]): Described {
  const field = (kind: FieldKind, value: FieldValue): Field => ({
    kind,
    keyword: '',
    value,
    owner,
  });
  const key = (...parts: readonly unknown[]): string => JSON.stringify([node.op, ...parts]);
  switch (node.op) {
    case 'max_pool3d':
    case 'avg_pool3d': {
      const { kernel, stride, padding } = node.attrs;
      return {
        key: key(),
        fields: [field('kernel', kernel), field('stride', stride), field('padding', padding)],
      };
    }
    case 'scale':
      return { key: key(), fields: [field('factor', node.attrs.factor)] };
    case 'dropout':
      return { key: key(), fields: [field('rate', node.attrs.rate)] };
    case 'slice': {
      const { axis, start, stop, step } = node.attrs;
      const size = node.inputs[0]!.type.shape[axis];
      return {
        key: key(axis),
        fields: [field('window', [start, stop === size ? '' : stop, step])],
      };
    }
    case 'gather':
      return { key: key(node.attrs.axis), fields: [field('indices', node.attrs.indices)] };
    case 'reshape':
      return reshapeOf(node, owner, before);
    case 'conv3d': {
      const { attrs, inputs } = node;
      return { key: key(attrs, inputs.length), fields: [] };
    }
    default:
      return { key: key(node.attrs, node.inputs.length), fields: [] };
  }
}

/** How a reshape is written: after a value of the wanted shape, by the axes that it joins or splits, or by numbers. */
function reshapeOf(node: NodeOf<'reshape'>, owner: string, before: readonly Value[]): Described {
  const from = node.inputs[0]!.type.shape;
  const to = node.attrs.shape;
  const like = before.findIndex(
    ({ type }) => type.shape.join() === to.join() && type.shape.length !== from.length,
  );
  const joined = joinedAxes(from, to);
  if (joined) return { key: JSON.stringify(['flatten', ...joined]), fields: [] };
  if (like >= 0) return { key: JSON.stringify(['reshape like', like]), fields: [] };
  const split = joinedAxes(to, from);
  if (split) {
    const [first, last] = split;
    const value = to.slice(first, last + 1);
    return {
      key: JSON.stringify(['unflatten', first]),
      fields: [{ kind: 'size', keyword: '', value, owner }],
    };
  }
  const symbols = to.filter((dim) => typeof dim === 'string');
  // One unknown dimension follows from the others; of several, all are asked for.
  const value = to.map((dim): number | string =>
    typeof dim === 'number' ? dim : symbols.length === 1 ? -1 : `shape[${from.indexOf(dim)}]`,
  );
  return {
    key: JSON.stringify(['reshape', symbols.length]),
    fields: [{ kind: 'shape', keyword: '', value, owner }],
  };
}

/** First and last of the axes that one axis of the result is made of; all others are the same on both sides. */
function joinedAxes(
  from: readonly Dim[],
  to: readonly Dim[],
): readonly [first: number, last: number] | undefined {
  const joins = from.length - to.length;
  if (joins < 1) return undefined;
  for (let first = 0; first < to.length; first++) {
    const isSame =
      from.slice(0, first).join() === to.slice(0, first).join() &&
      from.slice(first + joins + 1).join() === to.slice(first + 1).join();
    const parts = from.slice(first, first + joins + 1);
    if (isSame && parts.every((dim) => typeof dim === 'number')) return [first, first + joins];
  }
  return undefined;
}
