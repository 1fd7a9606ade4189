/** What `runtime.compile` rejects with is the same on every runtime: `Runtime.compile` of core says it. */
import {
  GraphBuilder,
  float32Tensor,
  memoryStore,
  WeightError,
  type HostTensor,
  type Runtime,
  type WeightStore,
} from '@slowfast/core';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { tfjsRuntime } from '@slowfast/runtime-tfjs';

const WIDTH = 3;

function network() {
  const g = GraphBuilder.empty('network');
  const x = g.input('x', { dtype: 'float32', shape: ['N', WIDTH] });
  return { name: 'network', graph: g.build({ y: g.linear(x, WIDTH) }) };
}

const tensors = (): Map<string, HostTensor> =>
  new Map([
    ['linear.weight', float32Tensor([WIDTH, WIDTH], new Float32Array(WIDTH ** 2).fill(1))],
    ['linear.bias', float32Tensor([WIDTH], new Float32Array(WIDTH))],
  ]);
const bias = (...values: number[]): WeightStore =>
  memoryStore(
    tensors().set('linear.bias', float32Tensor([values.length], Float32Array.from(values))),
  );

const STORES: readonly (readonly [what: string, store: () => WeightStore, message: RegExp])[] = [
  [
    'weights that lack a tensor',
    () => memoryStore([...tensors()].slice(1)),
    /^network: expected the 2 tensors of the model, received 1 missing \(linear\.weight\)\./,
  ],
  [
    'weights with one too many',
    () => memoryStore(tensors().set('more', float32Tensor([1], new Float32Array(1)))),
    /received 1 unexpected \(more\)\./,
  ],
  [
    'weights of another shape',
    () => bias(1, 2),
    /received 1 misshaped \(linear\.bias \[2\] instead/,
  ],
  [
    'a weight that is not finite',
    () => bias(1, NaN, 1),
    /^linear\.bias\[1\]: expected a finite number/,
  ],
  [
    'weights that cannot be read',
    () => ({
      ...bias(0, 0, 0),
      read: async (name) => {
        throw new WeightError({ site: name, expected: 'a whole file', received: 'half of it' });
      },
    }),
    /^linear\.weight: expected a whole file, received half of it\.$/,
  ],
];

const RUNTIMES: readonly (readonly [name: string, runtime: Runtime<never>])[] = [
  ['onnx', onnxRuntime({ threads: 1 })],
  ['tfjs', tfjsRuntime({ backend: 'cpu' })],
];

describe.each(RUNTIMES)('%s', (_runtime, runtime) => {
  it.each(STORES)('%s: a WeightError', async (_what, store, message) => {
    await expect(runtime.compile(network(), store())).rejects.toMatchObject({
      name: 'WeightError',
      message: expect.stringMatching(message),
    });
  });

  it('takes weights that fit', async () => {
    await using model = await runtime.compile(network(), memoryStore(tensors()));
    const { y } = await model.run({ x: float32Tensor([1, WIDTH], Float32Array.of(1, 2, 3)) });
    expect([...y.data]).toEqual([6, 6, 6]);
  });
});
