/** @file What is fuzzed: inputs to start from, how they are changed, and the public functions that read them. */
import { mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { bytesSource, initialWeights, memoryStore, writeSafetensors } from '@slowfast/core';
import { loadModel, readPySlowFastConfig } from '@slowfast/checkpoints';
import { catalogModel } from '@slowfast/models';
import { loadOnnx, onnxBytes } from '@slowfast/runtime-onnx';
import { parseTrainingConfig } from '@slowfast/training';
import { openVideo, readClipList, views } from '@slowfast/video';
import { changedArchive } from './containers.js';
import { changedBytes, changedText } from './mutate.js';

const root = new URL('../../', import.meta.url);
const path = (name) => fileURLToPath(new URL(name, root));
const text = (name) => readFile(path(name), 'utf8');

/** Files below a folder of the repository whose names match, unpacked where they are gzipped. */
async function files(folder, pattern, most = 3e6) {
  const found = [];
  for (const name of (await readdir(path(folder))).sort()) {
    if (!pattern.test(name)) continue;
    const bytes = await readFile(path(`${folder}/${name}`));
    const unpacked = new Uint8Array(name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
    if (unpacked.length <= most) found.push({ name: name.replace(/\.gz$/, ''), bytes: unpacked });
  }
  return found;
}

const small = () => catalogModel('slow-4x16-r50', { width: 2, size: 32, classes: 3 });

async function smallSafetensors() {
  const { graph } = small().model;
  const drawn = initialWeights(graph);
  const tensors = [];
  for (const name of drawn.names) tensors.push([name, await drawn.read(name)]);
  const chunks = [];
  const metadata = {
    slowfast: JSON.stringify({ model: 'slow-4x16-r50', width: 2, size: 32, classes: 3 }),
  };
  await writeSafetensors(memoryStore(tensors), {
    sink: { write: async (c) => chunks.push(c.slice()) },
    metadata,
  });
  return { name: 'small.safetensors', bytes: new Uint8Array(Buffer.concat(chunks)) };
}

let folder;
/** The bytes as a file of this name in a folder of the child's own. */
async function written(name, bytes) {
  folder ??= await mkdtemp(join(tmpdir(), 'slowfast-fuzz-'));
  const file = join(folder, name);
  await writeFile(file, bytes);
  return file;
}

/** Reads every tensor of a checkpoint, as a conversion does. */
async function readCheckpoint(name, bytes) {
  const { weights } = await loadModel({ weights: bytesSource(bytes, name) });
  for (const tensor of weights.names) await weights.read(tensor);
  await weights.close?.();
}

async function readOnnx(_, bytes) {
  const model = await loadOnnx(bytes, { threads: 1 });
  await model[Symbol.asyncDispose]();
}

const CLIP = { ...small().preprocessing, crop: 32, resize: 32 };

async function readVideo(name, bytes) {
  const video = await openVideo(await written(name, bytes));
  try {
    for await (const view of views(video, CLIP, { clips: 1, crops: 1, worker: 'off' })) void view;
  } finally {
    await video.close();
  }
}

const readList = async (name, bytes) => void (await readClipList(await written(name, bytes)));

async function readConfig(name, bytes) {
  const content = new TextDecoder().decode(bytes);
  if (name.startsWith('pyslowfast')) await readPySlowFastConfig(content);
  else await parseTrainingConfig(content, name);
}

const asText = (bytes, random) =>
  new TextEncoder().encode(changedText(new TextDecoder().decode(bytes), random));

const encoded = (name, content) => ({ name, bytes: new TextEncoder().encode(content) });

/** Each kind: its inputs, its changes, its reader, milliseconds and bytes that a case may take. */
export const TARGETS = {
  checkpoints: {
    seeds: async () => [
      await smallSafetensors(),
      ...(await files('packages/checkpoints/src/goldens/checkpoints', /\.(pyth|pth|pkl)(\.gz)?$/)),
    ],
    change: changedArchive,
    read: readCheckpoint,
  },
  onnx: {
    seeds: async () => {
      const { model, preprocessing } = small();
      const metadata = { preprocessing, labels: ['a', 'b', 'c'], trained: true };
      const weights = initialWeights(model.graph);
      return [{ name: 'small.onnx', bytes: await onnxBytes(model, weights, { metadata }) }];
    },
    change: changedBytes,
    read: readOnnx,
  },
  videos: {
    seeds: async () => files('examples/media', /\.(avi|mp4|mkv)$/),
    change: changedBytes,
    read: readVideo,
  },
  lists: {
    seeds: async () => [
      encoded('paths.csv', 'a.mp4 0\nb.mp4 1\nc d.mp4 2\n'),
      encoded(
        'kinetics.csv',
        'label,youtube_id,time_start,time_end,split\nabseiling,-3B32lodo2M,59,69,train\n',
      ),
      encoded(
        'charades.csv',
        'original_vido_id video_id frame_id path labels\nA A 1 A/A-1.jpg "1,2"\nB B 1 B/B-1.jpg ""\n',
      ),
      encoded(
        'ssv2.json',
        '[{"id":"1","label":"Holding something","template":"Holding [something]","placeholders":["a"]}]',
      ),
    ],
    change: asText,
    read: readList,
  },
  configs: {
    seeds: async () => [
      encoded('train.yaml', await text('packages/models/assets/ut-interaction/config.yaml')),
      encoded(
        'pyslowfast.yaml',
        'DATA:\n  NUM_FRAMES: 32\n  SAMPLING_RATE: 2\n  MEAN: [0.45, 0.45, 0.45]\nMODEL:\n  NUM_CLASSES: 400\nSLOWFAST:\n  ALPHA: 4\n  BETA_INV: 8\nRESNET:\n  DEPTH: 50\n',
      ),
    ],
    change: asText,
    read: readConfig,
  },
};
