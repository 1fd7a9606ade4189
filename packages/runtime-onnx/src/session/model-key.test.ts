/** @file What an arranged model is kept by, and that what it is made of is counted. */
import { createHash } from 'node:crypto';
import { memoryStore, type HostTensor } from '@slowfast/core';
import { conformanceCases, trainingCases } from '@slowfast/core/testing';
import { exportedGraph, onnxFile } from '../export/export-onnx.js';
import { LOWERING_REVISION } from '../tuning/tuning-cache.js';
import { PRODUCER } from '../version.js';
import { modelKey, type ModelParts } from './model-key.js';

/** The networks among the conformance cases: blocks with batch norms, attention, pathways. */
const networks = conformanceCases()
  .filter(({ graph }) => graph.nodes.filter(({ op }) => op === 'batch_norm').length > 2)
  .map(({ name, graph }) => ({ name, graph }));
const [model, other] = networks as [(typeof networks)[number], (typeof networks)[number]];
const tensor = (value: number): HostTensor => ({
  dtype: 'float32',
  shape: [1],
  data: Float32Array.of(value),
});
const [name] = [...exportedGraph(model).params.values()].flatMap(({ expression }) =>
  expression.kind === 'folded-weight' && expression.weight.kind === 'stored'
    ? [expression.weight.name]
    : [],
);
const parts: ModelParts = {
  graph: exportedGraph(model),
  weights: memoryStore([[name!, tensor(1)]]),
  options: {},
  lowering: 'auto',
  backend: { kind: 'node', name: 'onnxruntime-node', version: '1', ort: {} as never },
  cache: {},
};

test('equal parts have one key', async () => {
  expect(await modelKey({ ...parts })).toBe(await modelKey(parts));
});

test.each<[string, Partial<ModelParts>]>([
  ['graph', { graph: exportedGraph(other) }],
  ['batch norms', { graph: exportedGraph(model, { optimize: false }) }],
  ['weights', { weights: memoryStore([[name!, tensor(2)]]) }],
  ['precision', { options: { precision: 'float16' } }],
  ['plan', { lowering: new Map([['slow.stem.conv', 'plain']]) }],
  ['version', { backend: { ...parts.backend, version: '2' } }],
])('another %s, another key', async (_, change) => {
  expect(await modelKey({ ...parts, ...change })).not.toBe(await modelKey(parts));
});

test('weights that are known are not read', async () => {
  const cache = { weightsHash: async () => 'known' };
  const weights = memoryStore([[name!, tensor(3)]]);
  weights.read = () => Promise.reject(new Error('read'));
  expect(await modelKey({ ...parts, cache, weights })).toHaveLength(64);
});

/** Fails when lowering changes: then count {@link LOWERING_REVISION} up, or models of before go on to be taken. */
test('what is lowered is what the revision stands for', () => {
  const hash = createHash('sha256');
  for (const { name: label, graph } of [...conformanceCases(), ...trainingCases()]) {
    const file = onnxFile({ name: label, graph }, memoryStore([]), { lowering: 'auto' });
    const text = Buffer.from(file.apart('weights').structure).toString('latin1');
    hash.update(text.replaceAll(PRODUCER.version, ''));
  }
  expect([LOWERING_REVISION, hash.digest('hex').slice(0, 16)]).toEqual([3, '489f87742667c8df']);
});
