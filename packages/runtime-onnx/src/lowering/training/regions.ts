/**
 * @file The gradient of the features of regions. A bin is the mean of bilinear samples on a grid, so its weights are a
 * product of weights along H and along W: two matrices a region, made of the boxes while running.
 */
import type { NodeOf, Value } from '@slowfast/core';
import type { OnnxEmitter } from '../emitter.js';
import type { Form, FormTable } from '../frames/forms.js';

interface Axis {
  /** Columns of the boxes. */
  readonly low: number;
  readonly high: number;
  readonly bins: number;
  /** Elements of the features along the axis. */
  readonly size: number;
}

/** `(boxes [R,5]) → [R, bins, size]`: the share of each element in the mean of each bin. */
function shares(
  onnx: OnnxEmitter,
  name: string,
  boxes: string,
  { attrs }: NodeOf<'roi_align_gradient'>,
  { low, high, bins, size }: Axis,
): string {
  const { spatialScale, samplingRatio, aligned } = attrs;
  const op = (operator: string, part: string, ...inputs: string[]): string =>
    onnx.emit(operator, `${name}/${part}`, inputs);
  const corner = (column: number, part: string): string => {
    const picked = onnx.emit('Gather', `${name}/${part}`, [boxes, onnx.integers([column])], {
      axis: { int: 1 },
    });
    const scaled = op('Mul', `${part} scaled`, picked, onnx.float(spatialScale));
    return aligned ? op('Sub', `${part} shifted`, scaled, onnx.float(0.5)) : scaled;
  };
  const start = corner(low, 'start');
  const end = op('Max', 'end', corner(high, 'stop'), start);
  const length = op('Sub', 'length', end, start);
  const extent = aligned ? length : op('Max', 'extent', length, onnx.float(1));
  // [R, 1] each.
  const bin = op('Div', 'bin', extent, onnx.float(bins));
  const each = samplingRatio > 0 ? onnx.float(samplingRatio) : op('Ceil', 'samples', bin);
  const most = samplingRatio > 0 ? each : mostOf(onnx, name, each);
  const counted = (part: string, limit: string): string =>
    op('Range', part, onnx.float(0), limit, onnx.float(1));
  const axes = (value: string, part: string, at: readonly number[]): string =>
    op('Unsqueeze', part, value, onnx.integers(at));
  // Positions [R, bins, samples, 1] of samples: start + bin · (index of the bin + (sample + ½) / samples).
  const wide = (value: string, part: string): string => axes(value, part, [2, 3]);
  const perRegion = samplingRatio > 0 ? each : wide(each, 'samples wide');
  const sample = axes(counted('sample', most), 'sample wide', [1]);
  const middle = op('Add', 'middle', sample, onnx.float(0.5));
  // No sample is taken where a bin is empty: the mask below leaves its zero divisor without effect.
  const divisor = op('Max', 'divisor', perRegion, onnx.float(1));
  const within = op('Div', 'within', middle, divisor);
  const index = axes(counted('index', onnx.float(bins)), 'index wide', [1, 2]);
  const along = op('Mul', 'along', op('Add', 'place', index, within), wide(bin, 'bin wide'));
  const position = op('Add', 'position', wide(start, 'start wide'), along);
  const inside = op('Clip', 'inside', position, onnx.float(0), onnx.float(size - 1));
  const element = axes(counted('element', onnx.float(size)), 'element wide', [0]);
  const distance = op('Abs', 'distance', op('Sub', 'offset', inside, element));
  const hat = op('Relu', 'hat', op('Sub', 'nearness', onnx.float(1), distance));
  const valid = [
    op('GreaterOrEqual', 'not before', position, onnx.float(-1)),
    op('LessOrEqual', 'not behind', position, onnx.float(size)),
    op('Less', 'taken', sample, perRegion),
  ].reduce((all, one, i) => op('And', `valid${i}`, all, one));
  const mask = onnx.emit('Cast', `${name}/mask`, [valid], { to: { int: 1 } });
  const weights = op('Div', 'weights', op('Mul', 'masked', hat, mask), divisor);
  return onnx.emit('ReduceSum', `${name}/shares`, [weights, onnx.integers([2])], {
    keepdims: { int: 0 },
  });
}

/** The largest number of samples of all regions, at least 1, which there is without regions, too. */
function mostOf(onnx: OnnxEmitter, name: string, each: string): string {
  const one = onnx.tensor('float32', [1, 1], Float32Array.of(1));
  const all = onnx.emit('Concat', `${name}/at least one`, [each, one], { axis: { int: 0 } });
  return onnx.emit('ReduceMax', `${name}/most`, [all], {
    axes: { ints: [0, 1] },
    keepdims: { int: 0 },
  });
}

/** `dF = Σ over regions of their clip: rows' · dy · columns`. */
export function roiAlignGradient(node: NodeOf<'roi_align_gradient'>, table: FormTable): Form {
  const { name, inputs, attrs } = node;
  const { onnx } = table;
  const [gradient, boxes, features] = inputs.map((input: Value) => table.whole(input)) as [
    string,
    string,
    string,
  ];
  const [, channels, height, width] = inputs[2]!.type.shape as readonly number[];
  const [h, w] = attrs.size;
  const rows = shares(onnx, `${name}/rows`, boxes, node, {
    ...{ low: 2, high: 4 },
    ...{ bins: h, size: height! },
  });
  const columns = shares(onnx, `${name}/columns`, boxes, node, {
    ...{ low: 1, high: 3 },
    ...{ bins: w, size: width! },
  });
  const single = (value: string, part: string): string =>
    onnx.emit('Unsqueeze', `${name}/${part}`, [value, onnx.integers([1])]);
  const turned = onnx.emit('Transpose', `${name}/rows turned`, [single(rows, 'rows wide')], {
    perm: { ints: [0, 1, 3, 2] },
  });
  const inRows = onnx.emit('MatMul', `${name}/in rows`, [turned, gradient]);
  const spread = onnx.emit('MatMul', `${name}/in columns`, [inRows, single(columns, 'wide')]);
  // Which clip each region belongs to, as a matrix [N, R].
  const count = onnx.emit('Gather', `${name}/clips`, [
    onnx.emit('Shape', `${name}/shape`, [features]),
    onnx.integers([0], 'scalar'),
  ]);
  const limit = onnx.emit('Cast', `${name}/limit`, [count], { to: { int: 1 } });
  const clips = onnx.emit('Range', `${name}/clip`, [onnx.float(0), limit, onnx.float(1)]);
  const column = onnx.emit('Unsqueeze', `${name}/clip column`, [clips, onnx.integers([1])]);
  const own = onnx.emit('Gather', `${name}/own`, [boxes, onnx.integers([0], 'scalar')], {
    axis: { int: 1 },
  });
  const equal = onnx.emit('Equal', `${name}/equal`, [column, own]);
  const membership = onnx.emit('Cast', `${name}/membership`, [equal], { to: { int: 1 } });
  const flat = onnx.emit('Reshape', `${name}/flat`, [
    spread,
    onnx.integers([-1, channels! * height! * width!]),
  ]);
  const sum = onnx.emit('MatMul', `${name}/sum`, [membership, flat]);
  const shape = onnx.integers([-1, channels!, height!, width!]);
  return { whole: onnx.emit('Reshape', name, [sum, shape]) };
}
