/** @file NVIDIA's own client of KServe v2 (`tritonclient` of PyPI) against our server, unchanged. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { float32Tensor, type CompiledModel } from '@slowfast/core';
import { formulaClip, formulaStore } from '@slowfast/core/testing';
import { catalogModel } from '@slowfast/models';
import { onnxRuntime } from '@slowfast/runtime-onnx';
import { inferenceServer } from '@slowfast/serve';
import { hasPython, python } from './python.js';

const CLIENT = `
import json, sys
import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException
url, name, sizes = sys.argv[1], sys.argv[2], json.load(open(sys.argv[3]))
client = InferenceServerClient(url)
told = {
    'live': client.is_server_live(),
    'ready': client.is_server_ready(),
    'model': client.is_model_ready(name),
    'version': client.is_model_ready(name, '1'),
    'other': client.is_model_ready('other'),
    'server': client.get_server_metadata(),
    'metadata': client.get_model_metadata(name),
    'config': client.get_model_config(name),
}
data = {name: np.frombuffer(bytes.fromhex(hex), '<f4').reshape(shape) for name, (shape, hex) in sizes.items()}
def inputs(binary):
    made = []
    for key, value in data.items():
        one = InferInput(key, list(value.shape), 'FP32')
        one.set_data_from_numpy(value, binary_data=binary)
        made.append(one)
    return made
def scores(binary, outputs=None, **more):
    return client.infer(name, inputs(binary), outputs=outputs, **more)
told['binary'] = scores(True, request_id='seven').as_numpy('scores').tolist()
told['id'] = scores(True, request_id='seven').get_response()['id']
told['json'] = scores(False, [InferRequestedOutput('scores', binary_data=False)]).as_numpy('scores').tolist()
told['mixed'] = scores(False, [InferRequestedOutput('scores', binary_data=True)]).as_numpy('scores').tolist()
best = scores(True, [InferRequestedOutput('scores', class_count=2)]).as_numpy('scores')
told['classes'] = [[text.decode() for text in row] for row in best]
# Several at once, as a load generator does.
many = InferenceServerClient(url, concurrency=4)
asked = [many.async_infer(name, inputs(True)) for _ in range(8)]
told['many'] = [one.get_result().as_numpy('scores').tolist() for one in asked]
def refused(do):
    try: do()
    except InferenceServerException as error: return [error.status(), error.message()]
told['refused'] = [
    refused(lambda: client.infer('other', inputs(True))),
    refused(lambda: client.infer(name, inputs(True)[:1])),
    refused(lambda: client.infer(name, inputs(True), request_compression_algorithm='gzip')),
]
print(json.dumps(told))
`;

/** Of the second clip and of the first. */
const BOXES = float32Tensor([2, 5], Float32Array.of(1, 2, 3, 30, 31, 0, 5, 1, 20, 30));

const LABELS = ['run', 'walk', 'çay'];

const isThere = await hasPython(['tritonclient.http'], "'tritonclient[http]'");

(isThere ? test : test.skip).each([
  ['slowfast-4x16-r50', 8, []],
  ['slowfast-4x16-r50-ava', 0, ['boxes']],
] as const)(
  'every call of the client gives what the model gives here: %s',
  async (modelName, maxBatch, others) => {
    const { model: network } = catalogModel(modelName, {
      ...{ classes: LABELS.length, size: 32, width: 8 },
    });
    const weights = formulaStore(
      [...network.graph.params].map(([name, { type }]) => [name, type.shape as number[]] as const),
    );
    await using model: CompiledModel = await onnxRuntime({ worker: 'auto' }).compile(
      network,
      weights,
      {
        metadata: { labels: LABELS },
      },
    );
    await using server = await inferenceServer({ models: { [model.name]: model }, port: 0 });
    const feeds = Object.fromEntries(
      Object.entries(model.inputs).map(([name, [, ...shape]]) => [
        name,
        name === 'boxes' ? BOXES : formulaClip([2, ...(shape as number[])]),
      ]),
    );
    const hex = Object.fromEntries(
      Object.entries(feeds).map(([name, { shape, data }]) => [
        name,
        [shape, Buffer.from(data.buffer).toString('hex')],
      ]),
    );
    const { data } = (await model.run(feeds))['scores']!;
    const scores = [0, 1].map((row) => [...data.slice(row * 3, row * 3 + 3)].map(Number));
    const folder = await mkdtemp(join(tmpdir(), 'slowfast-triton-'));
    const file = join(folder, 'feeds.json');
    await writeFile(file, JSON.stringify(hex));
    const told = JSON.parse(
      await python(CLIENT, `127.0.0.1:${server.port}`, model.name, file),
    ) as Record<string, unknown> & { classes: string[][]; many: number[][][] };
    await rm(folder, { recursive: true });
    const inputs = ['slow', 'fast', ...others].map((name) => ({ name }));
    expect(told).toMatchObject({
      ...{ live: true, ready: true, model: true, version: true, other: false },
      server: { name: 'slowfast', extensions: expect.arrayContaining(['binary_tensor_data']) },
      metadata: { name: model.name, versions: ['1'], inputs },
      config: { name: model.name, max_batch_size: maxBatch },
      ...{ binary: scores, json: scores, mixed: scores, id: 'seven' },
      refused: [
        ['404', expect.stringContaining("received 'other'")],
        ['400', expect.stringContaining('expected inputs slow, fast')],
        ['415', expect.stringContaining('Content-Encoding')],
      ],
    });
    expect(told.classes.map((row) => row.length)).toEqual([2, 2]);
    const best = scores[0]!.indexOf(Math.max(...scores[0]!));
    expect(told.classes[0]![0]).toMatch(new RegExp(`^\\d\\.\\d+:${best}:${LABELS[best]}$`));
    expect(told.many.length).toBe(8);
    // Of other batches: the last digits of sums may differ.
    for (const [first] of told.many) {
      first!.forEach((score, i) => expect(score).toBeCloseTo(scores[0]![i]!, 5));
    }
  },
  60_000,
);
