/** @file The configurations that are written for Triton, read by Triton's own description of them (`tritonclient`). */
import { float32Tensor, memoryStore, type RunnableModel } from '@slowfast/core';
import { formulaStore } from '@slowfast/core/testing';
import { catalogModel } from '@slowfast/models';
import { tritonRepository, type TritonRepositoryOptions } from '@slowfast/runtime-onnx';
import { hasPython, python } from './python.js';

/** Loads Triton's messages without its gRPC client, which would need more packages. */
const READ = `
import importlib.util, json, pathlib, sys, tritonclient
from google.protobuf import json_format, text_format
file = pathlib.Path(tritonclient.__file__).parent / 'grpc' / 'model_config_pb2.py'
spec = importlib.util.spec_from_file_location('model_config_pb2', file)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
config = text_format.Parse(sys.argv[1], module.ModelConfig())
print(json.dumps(json_format.MessageToDict(config, preserving_proto_field_name=True)))
`;

const isThere = await hasPython(
  ['tritonclient', 'google.protobuf'],
  "'tritonclient[http]' protobuf",
);
const withTriton = isThere ? test : test.skip;

const weightsOf = ({ graph }: RunnableModel) =>
  formulaStore(
    [...graph.params].map(([name, { type }]) => [name, type.shape as number[]] as const),
  );

/** Triton's own reading of the configuration. */
async function configOf(model: RunnableModel, options?: TritonRepositoryOptions): Promise<unknown> {
  const files = tritonRepository(model, weightsOf(model), options);
  const config = files.find(({ path }) => path.endsWith('/config.pbtxt'))!;
  return JSON.parse(await python(READ, await textOf(config.chunks())));
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += new TextDecoder().decode(chunk);
  return text;
}

const { model } = catalogModel('slowfast-4x16-r50', { classes: 3, size: 64, width: 8 });
const zeros = { random_data: true };

withTriton('a classifier is batched', async () => {
  const metadata = { labels: ['dancing', 'çay', 'a "quoted" one'] };
  const options = { name: 'actions', maxBatch: 4, instances: 2, device: 'gpu', onnx: { metadata } };
  const [slow, fast] = [
    ['3', '4', '64', '64'],
    ['3', '32', '64', '64'],
  ];
  const warmup = (size: number) => ({
    name: `a batch of ${size}`,
    batch_size: size,
    inputs: {
      slow: { data_type: 'TYPE_FP32', dims: slow, ...zeros },
      fast: { data_type: 'TYPE_FP32', dims: fast, ...zeros },
    },
  });
  expect(await configOf(model, options as TritonRepositoryOptions)).toEqual({
    name: 'actions',
    backend: 'onnxruntime',
    default_model_filename: 'model.onnx',
    max_batch_size: 4,
    input: [
      { name: 'slow', data_type: 'TYPE_FP32', dims: slow },
      { name: 'fast', data_type: 'TYPE_FP32', dims: fast },
    ],
    output: [{ name: 'scores', data_type: 'TYPE_FP32', dims: ['3'], label_filename: 'labels.txt' }],
    instance_group: [{ count: 2, kind: 'KIND_GPU' }],
    dynamic_batching: {
      max_queue_delay_microseconds: '5000',
      default_queue_policy: { max_queue_size: 64 },
    },
    model_warmup: [warmup(1), warmup(4)],
  });
});

withTriton('sizes that a run may choose are -1, and warm-up has those of the model', async () => {
  expect(await configOf(model, { onnx: { size: 'dynamic' } })).toMatchObject({
    input: [
      { name: 'slow', dims: ['3', '4', '-1', '-1'] },
      { name: 'fast', dims: ['3', '32', '-1', '-1'] },
    ],
    model_warmup: [{ inputs: { slow: { dims: ['3', '4', '64', '64'] } } }, {}],
  });
});

withTriton('a model for people in boxes is run as it is asked', async () => {
  const { model: detector } = catalogModel('slowfast-8x8-r50-ava', { size: [64, 96], width: 8 });
  const config = await configOf(detector);
  expect(config).not.toHaveProperty('dynamic_batching');
  expect(config).not.toHaveProperty('max_batch_size');
  expect(config).toMatchObject({
    input: [{ name: 'slow' }, { name: 'fast' }, { name: 'boxes', dims: ['-1', '5'] }],
    model_warmup: [{ inputs: { boxes: { dims: ['1', '5'], zero_data: true } } }],
  });
});

test('labels, preprocessing and the network lie beside the configuration', async () => {
  const entry = catalogModel('slowfast-4x16-r50', { classes: 2, size: 64, width: 8 });
  const files = tritonRepository(entry.model, weightsOf(entry.model), {
    onnx: { metadata: { labels: ['a', 'b'], preprocessing: entry.preprocessing } },
  });
  expect(files.map(({ path }) => path)).toEqual([
    'slowfast-4x16-r50/config.pbtxt',
    'slowfast-4x16-r50/labels.txt',
    'slowfast-4x16-r50/preprocessing.json',
    'slowfast-4x16-r50/1/model.onnx',
  ]);
  expect(await textOf(files[1]!.chunks())).toBe('a\nb\n');
  expect(JSON.parse(await textOf(files[2]!.chunks()))).toEqual(entry.preprocessing);
});

test.each([
  [
    { name: '../up' },
    "name: expected a name of letters, digits, dots, dashes and underscores, received '../up'.",
  ],
  [{ maxBatch: 0 }, 'maxBatch: expected a whole number of at least 1, received 0.'],
  [{ queueDelay: -1 }, 'queueDelay: expected whole microseconds of at least 0, received -1.'],
  [
    { onnx: { metadata: { labels: ['two\nlines'] } } },
    'labels: expected labels of one line each, received "two\\nlines".',
  ],
])('%j is refused', (options, message) => {
  const store = memoryStore(new Map([['x', float32Tensor([1], Float32Array.of(1))]]));
  expect(() => tritonRepository(model, store, options)).toThrow(message);
});
