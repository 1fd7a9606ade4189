/** @file Python's text for values, and for the operations of a graph. */
import type { Node, Value } from '@slowfast/core';
import type { Expression } from './classes.js';
import type { FieldValue } from './fields.js';

/** A piece of Python. */
export interface Code {
  readonly text: string;
  /** Whether it needs brackets within a product and before a dot. */
  readonly isTerm: boolean;
}

export const atom = (text: string): Code => ({ text, isTerm: false });

const bracketed = ({ text, isTerm }: Code): string => (isTerm ? `(${text})` : text);

/** A number, truth, text or tuple as Python writes it. */
export function literal(value: FieldValue): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'string') return value;
  const parts = value.map(literal);
  return parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(', ')})`;
}

/** A number or parameter of a class; `holder` is where `forward` finds what `__init__` was given. */
export function expressionText(expression: Expression, holder = ''): string {
  switch (expression.kind) {
    case 'literal':
      return literal(expression.value);
    case 'parameter':
      return holder + expression.name;
    case 'same': {
      const { window, dilation } = expression;
      const isDense = dilation.kind === 'literal' && literal(dilation.value) === '(1, 1, 1)';
      return `same(${expressionText(window)}${isDense ? '' : `, ${expressionText(dilation)}`})`;
    }
  }
}

/** The numbers of an operation in the order of its description, as text. */
type Numbers = readonly string[];

const ACTIVATIONS = {
  identity: '',
  relu: 'F.relu',
  relu6: 'F.relu6',
  sigmoid: 'torch.sigmoid',
  silu: 'F.silu',
  hardswish: 'F.hardswish',
  tanh: 'torch.tanh',
} as const;

/** An activation of a value. */
export function activated(fn: keyof typeof ACTIVATIONS, x: Code): Code {
  return fn === 'identity' ? x : atom(`${ACTIVATIONS[fn]}(${x.text})`);
}

const method = (x: Code, call: string): Code => atom(`${bracketed(x)}.${call}`);

/** An operation of functions and methods; `names` are those of all values before it, for shapes. */
export function operationText(
  node: Node,
  key: string,
  inputs: readonly Code[],
  numbers: Numbers,
  names: (value: number) => string,
): Code {
  const [x, y] = inputs as [Code, Code];
  const operands = inputs.map(({ text }) => text);
  switch (node.op) {
    case 'activation':
      return activated(node.attrs.fn, x);
    case 'add':
      return activated(node.attrs.activation, { text: `${x.text} + ${y.text}`, isTerm: true });
    case 'mul':
      return { text: `${bracketed(x)} * ${bracketed(y)}`, isTerm: true };
    case 'scale':
      return { text: `${numbers[0]} * ${bracketed(x)}`, isTerm: true };
    case 'max_pool3d':
    case 'avg_pool3d': {
      const padding = numbers[2] === '(0, 0, 0)' ? '' : `, padding=${numbers[2]}`;
      return atom(`F.${node.op}(${x.text}, ${numbers[0]}, stride=${numbers[1]}${padding})`);
    }
    case 'reduce': {
      const { fn, axes, keepDims } = node.attrs;
      const name = { mean: 'mean', max: 'amax', sum: 'sum' }[fn];
      const dim = axes.length === 1 ? `${axes[0]}` : literal(axes);
      return method(x, `${name}(dim=${dim}${keepDims ? ', keepdim=True' : ''})`);
    }
    case 'concat':
      return atom(`torch.cat([${operands.join(', ')}], dim=${node.attrs.axis})`);
    case 'slice': {
      const { start, stop, step } = node.attrs;
      const isLiteral = /^\(/.test(numbers[0]!);
      const end = stop === node.inputs[0]!.type.shape[node.attrs.axis] ? '' : `${stop}`;
      const range = isLiteral
        ? `${start === 0 ? '' : start}:${end}${step === 1 ? '' : `:${step}`}`
        : `slice(*${numbers[0]})`;
      return atom(`${bracketed(x)}[${':, '.repeat(node.attrs.axis)}${range}]`);
    }
    case 'gather':
      return atom(`${bracketed(x)}[${':, '.repeat(node.attrs.axis)}list(${numbers[0]})]`);
    case 'reshape':
      return reshaped(node, key, x, numbers, names);
    case 'transpose':
      return transposed(node.attrs.perm, x);
    case 'matmul':
      return { text: `${bracketed(x)} @ ${bracketed(y)}`, isTerm: true };
    case 'softmax':
      return method(x, `softmax(dim=${node.attrs.axis})`);
    case 'dropout':
      return atom(`F.dropout(${x.text}, ${numbers[0]}, self.training)`);
    case 'roi_align': {
      const { size, spatialScale, samplingRatio, aligned } = node.attrs;
      const flags = `${samplingRatio}, ${literal(aligned)}`;
      return atom(`roi_align(${operands.join(', ')}, ${literal(size)}, ${spatialScale}, ${flags})`);
    }
    case 'conv3d': {
      const { stride, padding, dilation, groups, activation } = node.attrs;
      const bias = operands.length > 2 ? operands[2] : 'None';
      const window = [stride, padding, dilation].map(literal).join(', ');
      return activated(
        activation,
        atom(`F.conv3d(${operands[0]}, ${operands[1]}, ${bias}, ${window}, ${groups})`),
      );
    }
    case 'batch_norm': {
      const [value, weight, bias, mean, variance] = operands;
      const { momentum, epsilon } = node.attrs;
      return atom(
        `F.batch_norm(${value}, ${mean}, ${variance}, ${weight}, ${bias}, self.training, ${momentum}, ${epsilon})`,
      );
    }
    case 'linear':
      return atom(`F.linear(${operands.join(', ')})`);
    default:
      throw new Error(`internal: ${node.op} is no operation of networks`);
  }
}

function reshaped(
  node: Node,
  key: string,
  x: Code,
  numbers: Numbers,
  names: (value: number) => string,
): Code {
  const [form, first, last] = JSON.parse(key) as [string, number, number];
  if (form === 'flatten') return method(x, `flatten(${first}, ${last})`);
  if (form === 'unflatten') return method(x, `unflatten(${first}, ${numbers[0]})`);
  if (form === 'reshape like') return method(x, `reshape(${names(first)}.shape)`);
  const from = names(-1);
  const symbols = (node.output as Value).type.shape.filter((dim) => typeof dim === 'string').length;
  return method(
    x,
    `reshape(${symbols > 1 ? numbers[0]!.replaceAll('shape[', `${from}.shape[`) : numbers[0]})`,
  );
}

function transposed(perm: readonly number[], x: Code): Code {
  const moved = perm.flatMap((axis, i) => (axis === i ? [] : [i]));
  if (moved.length === 2) return method(x, `transpose(${moved.join(', ')})`);
  return method(x, `permute(${perm.join(', ')})`);
}
