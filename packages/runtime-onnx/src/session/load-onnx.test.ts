import { GraphBuilder, type RunnableModel } from '@slowfast/core';
import { formulaClip, formulaStore } from '@slowfast/core/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOnnx, onnxBytes, onnxRuntime } from '../index.js';
import { encodeModel } from '../proto/encode.js';
import type { OnnxModel } from '../proto/model.js';

const g = GraphBuilder.empty('small');
const input = g.input('x', { dtype: 'float32', shape: ['N', 3] });
const model: RunnableModel<'x', 'y'> = {
  name: 'small',
  graph: g.build({ y: g.linear(input, 2) }),
};
const weights = formulaStore([
  ['linear.weight', [2, 3]],
  ['linear.bias', [2]],
]);
const METADATA = { labels: ['a', 'b'], trained: true };
const x = formulaClip([4, 3], 'x');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-onnx-'));
});
afterAll(() => rm(folder, { recursive: true }));

test.each([
  { backend: 'node', worker: false },
  { backend: 'node', worker: true },
  { backend: 'web', worker: false },
] as const)('%j: bytes and files run as the model does', async (where) => {
  const options = { ...where, threads: 1 };
  const bytes = await onnxBytes(model, weights, { metadata: METADATA });
  const path = join(folder, `${where.backend}.onnx`);
  await writeFile(path, bytes);
  await using compiled = await onnxRuntime(options).compile(model, weights);
  const expected = (await compiled.run({ x })).y;
  // What Node's fs gives may be a part of a larger buffer.
  const part = Buffer.concat([Buffer.alloc(8), bytes]).subarray(8);
  for (const source of [bytes, part, path]) {
    await using loaded = await loadOnnx(source, options);
    expect(loaded.name).toBe('small');
    expect(loaded.metadata).toEqual(METADATA);
    expect(loaded.inputs).toEqual({ x: ['N', 3] });
    expect(loaded.outputs).toEqual({ y: ['N', 2] });
    expect(await loaded.run({ x })).toEqual({ y: expected });
    await expect(loaded.run({ y: x })).rejects.toThrow('small: expected inputs x, received y.');
  }
  expect(part.equals(bytes)).toBe(true);
});

const REMEDY = 'The file is truncated, damaged or of another kind; export it again.';

test('bytes of another kind', async () => {
  await expect(loadOnnx(new Uint8Array(100))).rejects.toMatchObject({
    name: 'RuntimeError',
    message: `ONNX file: expected an ONNX model, received other bytes. ${REMEDY}`,
  });
});

test('a truncated file', async () => {
  const path = join(folder, 'truncated.onnx');
  await writeFile(path, (await onnxBytes(model, weights)).subarray(0, -10));
  await expect(loadOnnx(path)).rejects.toMatchObject({
    name: 'RuntimeError',
    message: `${path}: expected an ONNX model, received one that ends too early. ${REMEDY}`,
  });
});

test.each(['node', 'web'] as const)('%s: a graph that ONNX Runtime refuses', async (backend) => {
  const bytes = await onnxBytes(model, weights);
  // The operator's name within the file: what stands around it stays whole.
  const at = Buffer.from(bytes).indexOf('Gemm');
  bytes.set(Buffer.from('Gxmm'), at);
  const loading = loadOnnx(bytes, { backend });
  await expect(loading).rejects.toMatchObject({ name: 'RuntimeError', site: 'ONNX file' });
  await expect(loading).rejects.toThrow(/^ONNX file: expected a session of onnxruntime-.*Gxmm/);
});

test('every single damaged byte is an error or a model, never a crash', async () => {
  const bytes = await onnxBytes(model, weights);
  for (let at = 0; at < bytes.byteLength; at++) {
    const damaged = bytes.slice();
    damaged[at]! ^= 0xff;
    const loading = loadOnnx(damaged, { backend: 'node', threads: 1 });
    const outcome = await loading.then(
      async (loaded) => (await loaded[Symbol.asyncDispose](), 'RuntimeError'),
      (error: Error) => error.name,
    );
    expect(['RuntimeError', 'SpecError']).toContain(outcome);
  }
});

test('a file that is not there', async () => {
  const path = join(folder, 'absent.onnx');
  await expect(loadOnnx(path)).rejects.toMatchObject({
    name: 'RuntimeError',
    message: `${path}: expected an ONNX file that can be read, received a path where nothing is.`,
  });
});

test('a folder', async () => {
  await expect(loadOnnx(folder)).rejects.toThrow(
    `${folder}: expected an ONNX file that can be read, received a folder.`,
  );
});

const FOREIGN: OnnxModel = {
  name: 'foreign',
  nodes: [{ operator: 'Identity', name: 'n', inputs: ['x'], output: 'y', attributes: {} }],
  inputs: [{ name: 'x', type: 'float32', shape: ['batch', 2] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['batch', 2] }],
  constants: [],
  weights: [],
  producer: { name: 'other', version: '1' },
  metadata: { author: 'someone' },
};

async function encoded(file: OnnxModel): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  async function* none(): AsyncGenerator<Uint8Array> {}
  for await (const chunk of encodeModel(file).chunks(none())) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('a file of another producer has no metadata, and its own symbol for the batch', async () => {
  await using loaded = await loadOnnx(await encoded(FOREIGN));
  expect(loaded.metadata).toEqual({});
  expect(loaded.inputs).toEqual({ x: ['batch', 2] });
  expect(await loaded.run({ x: formulaClip([3, 2]) })).toEqual({ y: formulaClip([3, 2]) });
});

test('element types that host tensors do not have', async () => {
  const [x16, y16] = [FOREIGN.inputs[0]!, FOREIGN.outputs[0]!].map((info) => {
    return { ...info, type: 'float16' } as const;
  });
  const bytes = await encoded({ ...FOREIGN, inputs: [x16!], outputs: [y16!] });
  await expect(loadOnnx(bytes)).rejects.toMatchObject({
    name: 'RuntimeError',
    message:
      'ONNX file, x: expected a tensor of float32, int32 or int64, received a tensor of float16.',
  });
});
