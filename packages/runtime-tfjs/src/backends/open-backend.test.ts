import * as tf from '@tensorflow/tfjs';
import { availableTfjsBackends, openTfjsBackend } from '../index.js';
import { TFJS_BACKENDS } from './names.js';

const absent = (name: string): Promise<unknown> => import(`${name}-that-is-not-installed`);

test('auto takes the first that works and keeps the reasons of the others', async () => {
  const { backend, engine, skipped } = await openTfjsBackend({}, absent);
  expect({ backend, engine }).toEqual({ backend: 'wasm', engine: 'wasm' });
  expect(tf.getBackend()).toBe('wasm');
  expect(skipped.map((over) => over.backend)).toEqual([
    'tfjs-node-gpu',
    'tfjs-node',
    'webgpu',
    'webgl',
  ]);
  const [gpu, node, , webgl] = skipped.map(({ reason }) => reason);
  expect(gpu).toMatch(/^Cannot find .*'@tensorflow\/tfjs-node-gpu-that-is-not-installed'/);
  expect(node).toMatch(/^Cannot find .*'@tensorflow\/tfjs-node-that-is-not-installed'/);
  expect(webgl).toBe('there is no WebGL here');
});

test('a package that is there but broken is passed over with its error', async () => {
  const load = async (name: string): Promise<unknown> => {
    if (name === '@tensorflow/tfjs-node') {
      throw new Error(
        'The Node.js native addon module (tfjs_binding.node) can not be found.\nat …',
      );
    }
    // What loads, but registers no backend.
    if (name === '@tensorflow/tfjs-node-gpu') return {};
    return absent(name);
  };
  const { backend, skipped } = await openTfjsBackend({}, load);
  expect(backend).toBe('wasm');
  expect(skipped.slice(0, 2)).toEqual([
    {
      backend: 'tfjs-node-gpu',
      reason: "Backend name 'tensorflow' not found in registry",
    },
    {
      backend: 'tfjs-node',
      reason: 'The Node.js native addon module (tfjs_binding.node) can not be found',
    },
  ]);
});

test('a backend that computes wrongly is passed over, and the one before stays', async () => {
  await openTfjsBackend({ backend: 'cpu' });
  tf.registerBackend('tensorflow', () => tf.findBackend('cpu'));
  tf.registerKernel({
    kernelName: 'BatchMatMul',
    backendName: 'tensorflow',
    kernelFunc: () => tf.ones([1, 1, 1]),
  });
  for (const kernelName of ['Reshape', 'Identity']) {
    const { kernelFunc } = tf.getKernel(kernelName, 'cpu');
    tf.registerKernel({ kernelName, backendName: 'tensorflow', kernelFunc });
  }
  tf.registerKernel({
    kernelName: 'Fill',
    backendName: 'tensorflow',
    kernelFunc: tf.getKernel('Fill', 'cpu').kernelFunc,
  });
  const loaded = async (): Promise<unknown> => ({});
  await expect(openTfjsBackend({ backend: 'tfjs-node' }, loaded)).rejects.toMatchObject({
    name: 'RuntimeError',
    message:
      'TensorFlow.js: expected the backend tfjs-node, ' +
      'received tfjs-node: it computed 1·3 + 2·4 = 1. Run: npm install @tensorflow/tfjs-node.',
  });
  expect(tf.getBackend()).toBe('cpu');
  tf.removeBackend('tensorflow');
});

test('an explicit choice is taken or refused with what to install', async () => {
  expect(await openTfjsBackend({ backend: 'cpu' }, absent)).toEqual({
    backend: 'cpu',
    engine: 'cpu',
    skipped: [],
  });
  await expect(openTfjsBackend({ backend: 'tfjs-node' }, absent)).rejects.toMatchObject({
    name: 'RuntimeError',
    remedy: 'Run: npm install @tensorflow/tfjs-node',
  });
  await expect(openTfjsBackend({ backend: 'webgl' }, absent)).rejects.toMatchObject({
    name: 'RuntimeError',
    message: 'TensorFlow.js: expected the backend webgl, received webgl: there is no WebGL here.',
  });
  await expect(openTfjsBackend({ backend: 'tpu' as 'cpu' })).rejects.toMatchObject({
    name: 'RuntimeError',
    message:
      'TensorFlow.js: expected a backend (auto, tfjs-node-gpu, tfjs-node, webgpu, webgl, wasm, cpu), ' +
      "received 'tpu'.",
  });
});

test('tells what works here, and changes nothing', async () => {
  await openTfjsBackend({ backend: 'cpu' });
  const statuses = await availableTfjsBackends(absent);
  expect(statuses.map(({ backend }) => backend)).toEqual(TFJS_BACKENDS);
  for (const { backend, available, reason, version } of statuses) {
    expect(version).toBe('4.22.0');
    expect(available).toBe(backend === 'wasm' || backend === 'cpu');
    if (!available) expect(reason).not.toBe('');
  }
  expect(tf.getBackend()).toBe('cpu');
});

test('starting WebAssembly in Node leaves no listeners on the process', async () => {
  await openTfjsBackend({ backend: 'wasm' });
  expect(process.listenerCount('uncaughtException')).toBe(0);
  expect(process.listenerCount('unhandledRejection')).toBe(0);
});
