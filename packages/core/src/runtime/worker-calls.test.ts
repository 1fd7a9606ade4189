import { Worker } from 'node:worker_threads';
import { MediaError, SpecError } from '../errors.js';
import { plainError, revivedError, WorkerCalls } from './worker-calls.js';

const started = (code: string): Worker =>
  new Worker(`const { parentPort: port } = require('node:worker_threads');\n${code}`, {
    eval: true,
    execArgv: [],
  });

test('answers belong to their questions, in whatever order they come', async () => {
  const worker = started(`port.on('message', ({ id, wait, buffer }) =>
    setTimeout(() => port.postMessage({ id, value: [wait, buffer?.byteLength] }), wait));`);
  const calls = new WorkerCalls(worker, 'site');
  const buffer = new ArrayBuffer(8);
  const answers = [calls.ask({ wait: 20, buffer }, [buffer]), calls.ask({ wait: 1 })];
  expect(buffer.byteLength).toBe(0);
  expect(await Promise.all(answers)).toEqual([
    [20, 8],
    [1, undefined],
  ]);
  expect(calls.hasFailed).toBe(false);
  await worker.terminate();
});

test('a worker that throws or ends fails what waits and what comes later', async () => {
  const ends = new WorkerCalls(started(`port.on('message', () => process.exit(3));`), 'site');
  const expected = 'a worker thread that answers';
  await expect(ends.ask({})).rejects.toMatchObject({
    ...{ name: 'RuntimeError', site: 'site', expected },
    received: 'one that ended with code 3',
  });
  await expect(ends.ask({})).rejects.toMatchObject({ received: 'one that ended with code 3' });
  expect(ends.hasFailed).toBe(true);
  const throws = new WorkerCalls(
    started(`port.on('message', () => { throw new Error('no'); });`),
    'x',
  );
  await expect(throws.ask({})).rejects.toMatchObject({ name: 'RuntimeError', received: 'no' });
});

test('errors keep their class, parts and text between threads', async () => {
  const details = { site: 'a.mp4', expected: 'b', received: 'c', remedy: 'Do d' };
  for (const error of [new MediaError(details), new SpecError(details), new TypeError('wrong')]) {
    const revived = revivedError(structuredClone(plainError(error)));
    expect(revived).toMatchObject({ name: error.name, message: error.message });
    if (!(error instanceof TypeError)) expect(revived).toEqual(error);
  }
  expect(revivedError(plainError('text'))).toMatchObject({ name: 'Error', message: 'text' });
});
