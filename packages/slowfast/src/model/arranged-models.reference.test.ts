/** @file Arranged models give what a model without a cache gives, however they come about. */
import { chmod, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostTensor } from '@slowfast/core';
import { loadModel } from '@slowfast/checkpoints';
import { exportOnnx } from '@slowfast/runtime-onnx';
import { arrangedFolder, listArranged } from './arranged-models.js';
import { compileModel, type CompileOptions } from './compile-model.js';

const environment = { ...process.env };
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slowfast-arranged-'));
  process.env['SLOWFAST_CACHE'] = root;
  process.env['SLOWFAST_MODEL_CACHE'] = '1G';
});
afterEach(async () => {
  process.env = { ...environment };
  await chmod(root, 0o700);
  await rm(root, { recursive: true, force: true });
});

async function outputs(options: CompileOptions = {}): Promise<readonly number[]> {
  const { model } = await compileModel(options);
  try {
    const feeds = Object.entries(model.inputs).map(([name, [, ...sizes]]) => {
      const shape = [1, ...sizes.map(Number)];
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) =>
        Math.sin(i),
      );
      return [name, { dtype: 'float32', shape, data } satisfies HostTensor] as const;
    });
    const { scores } = await model.run(Object.fromEntries(feeds));
    return Array.from(scores!.data, Number);
  } finally {
    await model[Symbol.asyncDispose]();
  }
}

test('outputs are those without a cache, to the bit: when it is made, found, damaged, for reading only', async () => {
  const without = await outputs({ cache: false });
  expect(await readdir(root)).toEqual([]);
  expect(await outputs()).toEqual(without);
  const [entry] = await listArranged();
  expect(entry).toMatchObject({ model: 'slowfast-ut-interaction' });
  const made = (await stat(entry!.folder)).birthtimeMs;
  expect(await outputs()).toEqual(without);
  expect((await stat(entry!.folder)).birthtimeMs).toBe(made);
  // A changed byte, in the graph's text, and in the numbers.
  for (const name of ['arranged.onnx', 'arranged.bin']) {
    const path = join(entry!.folder, name);
    const bytes = await readFile(path);
    bytes[Math.floor(bytes.length / 2)]! ^= 0x40;
    await writeFile(path, bytes);
    expect(await outputs()).toEqual(without);
    expect((await readFile(path)).equals(bytes)).toBe(false);
  }
  await chmod(arrangedFolder(), 0o500);
  expect(await outputs()).toEqual(without);
  await chmod(arrangedFolder(), 0o700);
  await rm(arrangedFolder(), { recursive: true });
  await writeFile(arrangedFolder(), 'no folder');
  expect(await outputs()).toEqual(without);
});

/** An .onnx file of a network that is large enough to be kept, and its contents. */
async function exported(seed: number): Promise<Uint8Array> {
  const { entry, weights } = await loadModel({
    ...{ model: 'slow-4x16-r50', weights: 'initialised', seed },
    ...{ size: 32, width: 32, frames: 2 },
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of exportOnnx(entry.model, weights)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('an .onnx file is kept as it is arranged, by its content; not where its tensors may be elsewhere', async () => {
  const [first, second, inParts] = ['first', 'second', 'in-parts'].map((name) =>
    join(root, `${name}.onnx`),
  ) as [string, string, string];
  const bytes = await exported(0);
  expect(bytes.length).toBeGreaterThan(16 * 2 ** 20);
  await writeFile(first, bytes);
  await writeFile(second, await exported(1));
  // The word that names other files; metadata are as good a place as any.
  await writeFile(inParts, Buffer.concat([bytes, onnxEntry('location', 'weights.bin')]));
  // A file that was written just now may still change within a tick of the clock.
  await utimes(first, new Date(), new Date());
  const expected = await outputs({ model: first });
  expect(await listArranged()).toEqual([]);
  await sleep(2100);
  for (let start = 0; start < 2; start++) expect(await outputs({ model: first })).toEqual(expected);
  expect(await listArranged()).toMatchObject([{ model: 'first.onnx' }]);
  expect(await outputs({ model: second })).not.toEqual(expected);
  expect(await outputs({ model: inParts })).toEqual(expected);
  expect((await listArranged()).map(({ model }) => model)).toEqual(['first.onnx', 'second.onnx']);
}, 60_000);

/** An entry of a file's metadata in ONNX's encoding. */
function onnxEntry(key: string, value: string): Uint8Array {
  const text = (field: number, content: string) => [
    8 * field + 2,
    content.length,
    ...Buffer.from(content),
  ];
  const entry = [...text(1, key), ...text(2, value)];
  return Uint8Array.from([8 * 14 + 2, entry.length, ...entry]);
}
