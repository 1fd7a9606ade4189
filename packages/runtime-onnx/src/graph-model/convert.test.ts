/** @file Small graph models, written out here, against what TensorFlow says their operations give. */
import { loadOnnx } from '../session/load-onnx.js';
import { onnxOfGraphModel } from './convert.js';

type Attributes = Readonly<Record<string, object>>;

interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

const floats = (shape: readonly number[], ...data: number[]): Weight => ({
  shape,
  data: Float32Array.from(data),
});
const integers = (...data: number[]): Weight => ({
  shape: [data.length],
  data: Int32Array.from(data),
});
const list = (...i: number[]): object => ({ list: { i: i.map(String) } });
const text = (value: string): object => ({ s: btoa(value) });
const bits = (value: string): object => ({ i: String(parseInt(value, 2)) });

/** A model of one operation on `x`, its other inputs constants. */
function files(
  op: string,
  shape: readonly number[],
  constants: readonly Weight[],
  attr: Attributes = {},
  order?: readonly string[],
) {
  const names = constants.map((_, i) => `c${i}`);
  const dim = shape.map((size) => ({ size: String(size) }));
  const json = JSON.stringify({
    format: 'graph-model',
    signature: { outputs: { y: { name: 'op:0', dtype: 'DT_FLOAT', tensorShape: {} } } },
    modelTopology: {
      node: [
        { name: 'op', op, input: order ?? ['x', ...names], attr },
        {
          name: 'x',
          op: 'Placeholder',
          attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } },
        },
        ...names.map((name) => ({ name, op: 'Const' })),
      ],
    },
    weightsManifest: [
      {
        weights: constants.map(({ shape: sizes, data }, i) => ({
          ...{ name: names[i], shape: sizes },
          dtype: data instanceof Int32Array ? 'int32' : 'float32',
        })),
      },
    ],
  });
  const weights = Buffer.concat(constants.map(({ data }) => Buffer.from(data.buffer)));
  // A Buffer, as a file is read: a part of a pool, not at its beginning.
  return { name: 'small', json, weights };
}

async function run(
  model: ReturnType<typeof files>,
  shape: readonly number[],
  data: readonly number[],
) {
  await using compiled = await loadOnnx(await onnxOfGraphModel(model));
  const { y } = await compiled.run({
    x: { dtype: 'float32', shape, data: Float32Array.from(data) },
  });
  return { shape: y!.shape, data: Array.from(y!.data, Number) };
}

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('onnxOfGraphModel', () => {
  it('slices, drops and adds axes as the masks say', async () => {
    const attr = {
      begin_mask: bits('0001'),
      end_mask: bits('0001'),
      new_axis_mask: bits('0010'),
      shrink_axis_mask: bits('0100'),
    };
    // x[:, newaxis, 1, 0:3:2]
    const constants = [integers(0, 0, 1, 0), integers(0, 0, 2, 3), integers(1, 1, 1, 2)];
    const model = files('StridedSlice', [2, 2, 4], constants, attr);
    expect(await run(model, [2, 2, 4], count(16))).toEqual({
      shape: [2, 1, 2],
      data: [4, 6, 12, 14],
    });
  });

  it('convolves channels last with a padding that is uneven, and rectifies to 6', async () => {
    const attr = {
      strides: list(1, 2, 2, 1),
      dilations: list(1, 1, 1, 1),
      padding: text('SAME'),
      fused_ops: { list: { s: ['BiasAdd', 'Relu6'].map((name) => btoa(name)) } },
    };
    const kernel = floats([3, 3, 1, 1], 0, 0, 0, 0, 1, 0, 0, 0, 0);
    const model = files('_FusedConv2D', [1, 4, 4, 1], [kernel, floats([1], -6)], attr);
    // SAME pads nothing before and one row after: the middle of a window is at 1, 3.
    expect(await run(model, [1, 4, 4, 1], count(16))).toEqual({
      shape: [1, 2, 2, 1],
      data: [0, 1, 6, 6],
    });
  });

  it('multiplies channels of a depthwise convolution', async () => {
    const attr = { strides: list(1, 1, 1, 1), dilations: list(1, 1, 1, 1), padding: text('VALID') };
    const kernel = floats([1, 1, 2, 2], 1, 10, 100, 1000);
    const model = files('DepthwiseConv2dNative', [1, 1, 1, 2], [kernel], attr);
    expect((await run(model, [1, 1, 1, 2], [1, 2])).data).toEqual([1, 10, 200, 2000]);
  });

  it('splits off no part that it is not asked for', async () => {
    const model = files('Split', [1, 6], [integers(1)], { num_split: { i: '3' } }, ['c0', 'x']);
    expect((await run(model, [1, 6], count(6))).data).toEqual([0, 1]);
  });

  it.each([
    [
      files('FFT', [1], []),
      'small: op: expected an operation that can be carried over to ONNX, received FFT: another operation. Run the graph model on TensorFlow.js.',
    ],
    [
      files('Abs', [1], [], {}, ['op']),
      'small: expected a graph model whose nodes follow from one another, received nodes that wait for one another.',
    ],
    [files('Abs', [1], [], {}, ['z']), 'received an input z that is no node.'],
    [files('constructor', [1], []), 'received constructor: another operation.'],
    [
      { ...files('Abs', [1], []), weights: new Uint8Array(3) },
      'small: expected 0 bytes of weights, received 3. Take both files from the same download.',
    ],
    [{ ...files('Abs', [1], []), json: '{}' }, 'small: signature: expected '],
    [files('MaxPool', [1, 1, 1, 1], [], { padding: text('SAME') }), 'received MaxPool: no ksize.'],
  ])('refuses %#', async (model, message) => {
    await expect(onnxOfGraphModel(model)).rejects.toThrow(message);
  });
});
