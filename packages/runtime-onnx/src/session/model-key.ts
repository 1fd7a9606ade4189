/** @file What arranged models are kept by: everything that the bytes of one depend on. Needs Node. */
import { requiredTensors, type Graph, type WeightStore } from '@slowfast/core';
import type { OnnxExportOptions } from '../export/export-onnx.js';
import type { Lowering } from '../lowering/plan.js';
import { LOWERING_REVISION, thisProcessor } from '../tuning/tuning-cache.js';
import { PRODUCER } from '../version.js';
import type { OnnxBackend } from './backend.js';
import type { ModelCache } from './model-cache.js';

/** What an arranged model is made of. */
export interface ModelParts {
  /** After the passes. */
  readonly graph: Graph;
  readonly weights: WeightStore;
  readonly options: OnnxExportOptions;
  readonly lowering: Lowering;
  readonly backend: OnnxBackend;
  readonly cache: Pick<ModelCache, 'weightsHash'>;
}

/** A SHA-256 of graph, weights, options, versions and processor. Rejects where weights cannot be read. */
export async function modelKey(parts: ModelParts): Promise<string> {
  const { graph, weights, options, lowering, backend, cache } = parts;
  const { precision, calibration, keepFloat } = options;
  const { createHash } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:crypto');
  const { params, nodes, inputs, outputs } = graph;
  const hash = createHash('sha256').update(
    JSON.stringify({
      graph: { inputs, params: [...params.values()], nodes: nodes.map(nodeText), outputs },
      ...{ precision, calibration, keepFloat },
      lowering: typeof lowering === 'string' ? lowering : [...lowering],
      ...(await machine(backend)),
    }),
  );
  const names = [...requiredTensors(graph).keys()].filter((name) => weights.names.has(name));
  const read = (): Promise<string> => weightsHash(weights, names);
  const earlier = cache.weightsHash?.(JSON.stringify([PRODUCER, names]), read);
  return hash.update(await (earlier ?? read())).digest('hex');
}

/** Stands for the content of a file that names other files: what they hold may change without it. */
const IN_PARTS = '0'.repeat(64);
/** The key of the entry that names a file of tensors ({@link https://onnx.ai/onnx/repo-docs/ExternalData.html}). */
const OTHER_FILE = 'location';

/** A SHA-256 of an ONNX file, versions and processor; undefined for a file whose tensors may be in others. */
export async function fileKey(
  path: string,
  backend: OnnxBackend,
  cache: ModelParts['cache'],
): Promise<string | undefined> {
  const { createHash } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:crypto');
  const read = (): Promise<string> => contentHash(path);
  const content = await (cache.weightsHash?.('file', read) ?? read());
  if (content === IN_PARTS) return undefined;
  return createHash('sha256')
    .update(JSON.stringify({ content, ...(await machine(backend)) }))
    .digest('hex');
}

async function contentHash(path: string): Promise<string> {
  const { createHash } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:crypto');
  const { createReadStream } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:fs');
  const hash = createHash('sha256');
  let end: Uint8Array = new Uint8Array();
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    const bytes = chunk as Buffer;
    hash.update(bytes);
    // The word may lie across two chunks.
    const seam = Buffer.concat([end, bytes.subarray(0, OTHER_FILE.length)]);
    if (bytes.includes(OTHER_FILE) || seam.includes(OTHER_FILE)) return IN_PARTS;
    end = bytes.subarray(-OTHER_FILE.length);
  }
  return hash.digest('hex');
}

const machine = async (backend: OnnxBackend): Promise<Readonly<Record<string, unknown>>> => ({
  versions: [PRODUCER, LOWERING_REVISION, backend.name, backend.version],
  processor: [(await thisProcessor()).processor, await instructions(), process.arch],
});

/** A SHA-256 of tensors, with their names. */
async function weightsHash(weights: WeightStore, names: readonly string[]): Promise<string> {
  const { createHash } = await import(/* webpackIgnore: true */ /* @vite-ignore */ 'node:crypto');
  const hash = createHash('sha256');
  for (const name of names) {
    const { dtype, shape, data } = await weights.read(name);
    hash.update(JSON.stringify([name, dtype, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

const nodeText = ({ op, name, inputs, attrs, output }: Graph['nodes'][number]): unknown => [
  ...[op, name, attrs, output.name],
  inputs.map((input) => input.name),
];

/** The instructions that the processor has, where its name may not tell: on Linux, also of virtual machines. */
async function instructions(): Promise<string | undefined> {
  const { readFile } = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ 'node:fs/promises'
  );
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return /^(?:flags|Features)\s*:.*$/m.exec(text)?.[0];
}
