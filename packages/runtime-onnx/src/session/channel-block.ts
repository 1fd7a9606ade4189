/** @file The blocks of channels that ONNX Runtime's own convolutions take on this machine. */
import { encodeModel } from '../proto/encode.js';
import { BLOCKED_DOMAIN } from '../proto/model.js';
import { PRODUCER } from '../version.js';
import type { OnnxBackend } from './backend.js';
import type { OrtModule } from './ort.js';

/** Sizes of blocks whose layout is known: of processors with 256 and with 512 bits. */
const SIZES: readonly (number | undefined)[] = [8, 16];
const CHANNELS = 16;

const known = new WeakMap<OrtModule, Promise<number | undefined>>();

/** Channels of a block of onnxruntime-node on x64; undefined elsewhere, and where this version has no blocks. */
export function channelBlock({ kind, ort }: OnnxBackend): Promise<number | undefined> {
  if (kind !== 'node' || process.arch !== 'x64') return Promise.resolve(undefined);
  const size = known.get(ort) ?? measured(ort).catch(() => undefined);
  known.set(ort, size);
  return size;
}

/** Channels `c` of two positions hold `2 · c` and `2 · c + 1`: in blocks, a 1 comes after the first block. */
async function measured(ort: OrtModule): Promise<number | undefined> {
  const shape = [1, CHANNELS, 1, 2];
  const [input, output] = ['x', 'blocks'].map(
    (name) => ({ name, type: 'float32', shape }) as const,
  );
  const reorder = { operator: 'ReorderInput', domain: BLOCKED_DOMAIN, name: 'reorder' } as const;
  const chunks = encodeModel({
    name: 'channel blocks',
    nodes: [{ ...reorder, inputs: ['x'], output: 'blocks', attributes: {} }],
    inputs: [input!],
    outputs: [output!],
    ...{ constants: [], weights: [], producer: PRODUCER, metadata: {} },
  }).chunks((async function* () {})());
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const session = await ort.InferenceSession.create(Buffer.concat(parts), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
  });
  const data = Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i);
  const { blocks } = await session.run({ x: new ort.Tensor('float32', data, shape) });
  await session.release();
  const size = (blocks!.data as Float32Array).indexOf(1);
  return SIZES.includes(size) ? size : undefined;
}
