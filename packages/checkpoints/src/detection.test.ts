/** @file Models for people in boxes: what the zoos make of one architecture, and how files are recognised. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  bytesSource,
  initialWeights,
  memoryStore,
  writeSafetensors,
  type Graph,
  type HostTensor,
  type NodeOf,
  type OpKind,
} from '@slowfast/core';
import { catalogModel, checkedModelName, type CatalogOptions } from '@slowfast/models';
import { toZooName, zooLayout } from './names/zoo-names.js';
import { loadModel } from './load-model.js';

const NAME = 'slowfast-8x8-r50-ava';
const TINY = { width: 8, size: 64 } as const;
const entry = (options: CatalogOptions = {}) => catalogModel(NAME, { ...TINY, ...options });

function nodesOf<K extends OpKind>(graph: Graph, op: K): readonly NodeOf<K>[] {
  return graph.nodes.filter((node) => node.op === op) as unknown as readonly NodeOf<K>[];
}

const dilationsOf = (graph: Graph): readonly number[] =>
  nodesOf(graph, 'conv3d')
    .filter(({ name }) => name.includes('.res5.') && name.includes('.b.'))
    .map(({ attrs }) => attrs.dilation[1]);

describe('preprocessing for people in boxes', () => {
  it('PySlowFast and PyTorchVideo: 7 × 7 bins, dilated res5, 80 classes, sigmoid inside', () => {
    for (const zoo of ['pyslowfast', 'pytorchvideo'] as const) {
      const { model, preprocessing, headOrder } = entry({ zoo });
      expect(nodesOf(model.graph, 'roi_align').map(({ attrs }) => attrs)).toEqual([
        { size: [7, 7], spatialScale: 1 / 16, samplingRatio: 0, aligned: false },
      ]);
      expect(new Set(dilationsOf(model.graph))).toEqual(new Set([2]));
      expect(model.graph.outputs.scores.type.shape).toEqual(['R', 80]);
      expect(preprocessing).toMatchObject({
        sampling: zoo,
        resize: 64,
        activation: 'none',
        channelOrder: 'rgb',
        labels: 'ava',
        views: { clips: 1, crops: 1 },
      });
      expect(headOrder).toEqual(['slow', 'fast']);
    }
    expect(nodesOf(entry({ aligned: true }).model.graph, 'roi_align')[0]!.attrs.aligned).toBe(true);
  });

  it('mmaction2: 8 × 8 aligned bins, no dilation, background first', () => {
    const { model, preprocessing, headOrder } = entry({ zoo: 'mmaction2' });
    expect(nodesOf(model.graph, 'roi_align')[0]!.attrs).toMatchObject({
      size: [8, 8],
      aligned: true,
    });
    expect(new Set(dilationsOf(model.graph))).toEqual(new Set([1]));
    expect(model.graph.outputs.scores.type.shape).toEqual(['R', 81]);
    expect(preprocessing).toMatchObject({ labels: 'ava-background', mean: [0.485, 0.456, 0.406] });
    // Its recogniser reads Fast first, its detector does not.
    expect(headOrder).toEqual(['slow', 'fast']);
    expect(nodesOf(model.graph, 'dropout')[0]!.name).toBe('head.dropout');
    expect([...model.graph.params.keys()].filter((name) => /lateral.*norm/.test(name))).toEqual([]);
  });

  it('keep the resolution of res4 for whole frames of any size', () => {
    const { model } = entry({ size: [64, 112] });
    expect(model.featureInfo('slow.res5').shape).toEqual(['N', 256, 8, 4, 7]);
    expect(model.featureInfo('slow.res5').stride).toEqual({ t: 8, h: 16, w: 16 });
  });
});

describe('what the catalog refuses', () => {
  it.each([
    [
      NAME,
      { dataset: 'kinetics400' },
      "catalogModel.dataset of slowfast-8x8-r50-ava: expected ava, received 'kinetics400'. " +
        'For whole clips take slowfast-8x8-r50.',
    ],
    [
      'slowfast-8x8-r50',
      { dataset: 'ava' },
      'catalogModel.dataset of slowfast-8x8-r50: expected a data set of whole clips, ' +
        "received 'ava'. For people in boxes take one of slow-4x16-r50-ava, " +
        'slow-8x8-r50-ava, slow-8x8-r101-ava, slow-nl-4x16-r50-ava, slow-nl-8x8-r50-ava, ' +
        'slowfast-4x16-r50-ava, slowfast-8x8-r50-ava, slowfast-8x8-r101-ava, ' +
        'slowfast-16x8-r101-ava.',
    ],
    [
      NAME,
      { zoo: 'gluoncv' },
      'catalogModel.zoo of slowfast-8x8-r50-ava: expected a zoo with models for people in boxes, ' +
        "received 'gluoncv'.",
    ],
  ] as const)('%s %j', (name, options, message) => {
    expect(() => catalogModel(checkedModelName(name), { ...TINY, ...options })).toThrow(
      expect.objectContaining({ name: 'SpecError', message }),
    );
  });
});

describe('loadModel', () => {
  /** A file of these weights under the names and with the tensors that `change` makes of them. */
  async function file(
    graph: Graph,
    change: (name: string, tensor: HostTensor) => readonly [string, HostTensor],
  ) {
    const store = initialWeights(graph);
    const tensors = new Map<string, HostTensor>();
    for (const name of store.names) {
      const [renamed, tensor] = change(name, await store.read(name));
      tensors.set(renamed, tensor);
    }
    const chunks: Uint8Array[] = [];
    await writeSafetensors(memoryStore(tensors), {
      sink: { write: async (chunk: Uint8Array) => void chunks.push(chunk.slice()) },
    });
    return bytesSource(new Uint8Array(Buffer.concat(chunks)), 'file.safetensors');
  }

  it('recognises detectors by 80 classes', async () => {
    const own = entry().model.graph;
    const loaded = await loadModel({
      weights: await file(own, (name, tensor) => [name, tensor]),
      size: 64,
    });
    expect(loaded.entry).toMatchObject({ name: NAME, dataset: 'ava', zoo: 'pyslowfast' });
    expect(loaded.metadata.labels).toHaveLength(80);
    expect(loaded.metadata.labels![0]).toBe('bend/bow (at the waist)');
  });

  it('recognises mmaction2’s detectors by their names alone', async () => {
    const own = entry({ zoo: 'mmaction2' }).model.graph;
    const layout = zooLayout('slowfast', own.params.keys());
    const theirs: string[] = [];
    const source = await file(own, (name, tensor) => {
      const renamed = toZooName('mmaction2', name, { ...layout, head: 'detection' })!;
      theirs.push(renamed);
      return [renamed, tensor];
    });
    // The names of the published detector.
    const keys = gunzipSync(
      readFileSync(
        new URL('./goldens/keys/mmaction2_ava_slowfast_r50_8x8x1.txt.gz', import.meta.url),
      ),
    ).toString();
    const known = new Set(keys.split(/\s+/));
    expect(theirs.filter((name) => !known.has(name))).toEqual([]);
    expect(theirs).toContain('roi_head.bbox_head.fc_cls.weight');

    const loaded = await loadModel({ weights: source, size: 64 });
    expect(loaded.entry).toMatchObject({ name: NAME, dataset: 'ava', zoo: 'mmaction2' });
    expect(loaded.metadata.labels).toHaveLength(81);
    expect(loaded.metadata.labels![0]).toBe('background');
    expect(loaded.entry.model.graph.outputs.scores!.type.shape).toEqual(['R', 81]);
    const original = initialWeights(own);
    for (const name of ['slow.stem.conv.weight', 'head.projection.weight']) {
      expect((await loaded.weights.read(name)).data).toEqual((await original.read(name)).data);
    }
    const loading = loadModel({ weights: source, size: 64, model: NAME, zoo: 'pyslowfast' });
    await expect(loading).rejects.toThrow(/81|norm/);
  });

  it('does not take a classifier of clips for one of people', async () => {
    const { graph } = catalogModel('slowfast-8x8-r50', { ...TINY, classes: 11 }).model;
    const weights = await file(graph, (name, tensor) => [name, tensor]);
    const { entry: found } = await loadModel({ weights, size: 64 });
    expect(found.name).toBe('slowfast-8x8-r50');
  });
});
