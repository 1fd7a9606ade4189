import { GraphBuilder, memoryStore } from '@slowfast/core';
import { onnxBytes } from '../index.js';
import { startSessionWorker } from './session-worker.js';

const g = GraphBuilder.empty('net');
const graph = g.build({ y: g.relu(g.input('x', { dtype: 'float32', shape: ['N', 1] })) });
const CPU = { executionProviders: ['cpu'], intraOpNumThreads: 1 };

test('what ONNX Runtime refuses in the worker is refused here', async () => {
  const worker = await startSessionWorker(new Uint8Array([1, 2, 3]), 'net');
  await expect(worker.create(CPU)).rejects.toThrow(/protobuf parsing failed/i);
  await worker.close();
});

test('a worker that ended says so, to those who wait and to those who come later', async () => {
  const worker = await startSessionWorker(
    await onnxBytes({ name: 'net', graph }, memoryStore([])),
    'net',
  );
  const session = await worker.create(CPU);
  const closing = worker.close();
  const error = {
    name: 'RuntimeError',
    message: 'net: expected a worker thread that answers, received one that ended with code 1.',
  };
  await expect(session.run({})).rejects.toMatchObject(error);
  await closing;
  await expect(session.run({})).rejects.toMatchObject(error);
});

test('the bytes are handed over', async () => {
  const bytes = await onnxBytes({ name: 'net', graph }, memoryStore([]));
  const worker = await startSessionWorker(bytes, 'net');
  expect(bytes.byteLength).toBe(0);
  await (await worker.create(CPU)).release();
});

test('feeds are copied, or taken where they are given away', async () => {
  const worker = await startSessionWorker(
    await onnxBytes({ name: 'net', graph }, memoryStore([])),
    'net',
  );
  const session = await worker.create(CPU);
  const feed = (data: Float32Array) => ({ x: { type: 'float32', data, dims: [data.length, 1] } });
  const whole = Float32Array.of(1, -1, 2);
  const [part, rest] = [whole.subarray(1, 2), whole.subarray(2)];
  const first = (await session.run(feed(whole)))['y']!.data;
  // In the array that came back from the run before, of which nothing is left in the results.
  expect((await session.run(feed(Float32Array.of(-3, 4, 5))))['y']!.data).toEqual(
    Float32Array.of(0, 4, 5),
  );
  expect(first).toEqual(Float32Array.of(1, 0, 2));
  expect((await session.runTaking!(feed(part)))['y']!.data).toEqual(Float32Array.of(0));
  // Of a part its neighbours would be taken, too.
  expect(rest[0]).toBe(2);
  expect((await session.runTaking!(feed(whole)))['y']!.data).toEqual(Float32Array.of(1, 0, 2));
  expect(whole.length).toBe(0);
  await session.release();
});
