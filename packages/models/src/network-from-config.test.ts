/** @file Networks of training configurations that the catalog and its options do not show. */
import type { NetworkConfig } from '@slowfast/core';
import { SOUND } from './audiovisual.js';
import { networkFromConfig } from './network-from-config.js';

const config = (model: NetworkConfig['model'], data: object = {}): NetworkConfig => ({
  name: 'net',
  data: { frames: 16, stride: 2, fps: 30, size: 32, aspect: 'keep', ...data },
  model: { width: 16, ...model },
  train: {},
});
const lastOps = (model: NetworkConfig['model']): readonly string[] => {
  const { graph } = networkFromConfig(config(model), 3).model;
  return graph.nodes.slice(-3).map(({ op }) => op);
};

test.each<NetworkConfig['model']>([
  { name: 'slowfast-4x16-r50' },
  { name: 'x3d-s', width: 24 },
  { name: 'x3d-s', width: 24, zoo: 'pyslowfast' },
  { name: 'r2plus1d-16x4-r50' },
  { name: 'ir-csn-32x2-r101' },
  { name: 'ip-csn-32x2-r152' },
  { name: 'avslowfast-4x16-r50' },
  { kind: 'audiovisual' },
])('%j ends in logits, which losses take', (model) => {
  expect(lastOps(model)).not.toContain('softmax');
  expect(lastOps(model)).not.toContain('activation');
});

test('PySlowFast’s X3D normalises all shortcuts with a convolution', () => {
  const names = (zoo: 'pyslowfast' | 'pytorchvideo') => [
    ...networkFromConfig(config({ name: 'x3d-s', width: 24, zoo }), 3).model.graph.params.keys(),
  ];
  const norm = 'slow.res2.0.shortcut.norm.weight';
  expect(names('pyslowfast')).toContain(norm);
  expect(names('pytorchvideo')).not.toContain(norm);
  expect(() => networkFromConfig(config({ zoo: 'pyslowfast' }), 3)).toThrow(
    'model.zoo: expected nothing without model.name, whose details it decides, received pyslowfast.',
  );
});

test('a network hears as data.sound says, where that differs from the published', () => {
  const { model, preprocessing } = networkFromConfig(
    config({ kind: 'audiovisual', audioBeta: 1 / 4 }, { sound: { frames: 64, mels: 40 } }),
    3,
  );
  expect(model.graph.inputs['audio']!.type.shape).toEqual(['N', 1, 64, 1, 40]);
  expect(model.featureInfo('audio.stem').channels).toBe(4);
  expect(preprocessing.sound).toEqual({ ...SOUND, frames: 64, mels: 40 });
  expect(preprocessing.pathways['audio']).toEqual({ frames: 64, rule: 'linspace', input: 'sound' });
  const named = networkFromConfig(config({ name: 'avslowfast-4x16-r50' }), 3);
  expect(named.preprocessing.sound).toEqual(SOUND);
  expect(() =>
    networkFromConfig(
      config({ kind: 'audiovisual' }, { sound: { frames: 4096, window: 8192 } }),
      3,
    ),
  ).toThrow('data.sound: expected sound of at most');
});

describe('of skeletons', () => {
  const pose = { input: 'pose', stride: 1, size: 64, frames: 48 } as const;

  test('is that of the catalog with the published test', () => {
    const { model, preprocessing } = networkFromConfig(config({ width: 8 }, pose), 3);
    expect(model.name).toBe('net');
    expect(model.graph.inputs['slow']!.type.shape).toEqual(['N', 17, 48, 64, 64]);
    expect(preprocessing).toMatchObject({
      clip: { frames: 48, segments: true },
      skeleton: { parts: 'joints', sigma: 0.6, padding: 0.25 },
      activation: 'softmax',
      views: { clips: 10, crops: 2, combine: 'mean' },
    });
    expect(
      networkFromConfig(config({}, { ...pose, input: 'limbs' }), 3).preprocessing.skeleton?.parts,
    ).toBe('limbs');
  });

  test.each<[NetworkConfig['model'], object, object, string]>([
    [
      { name: 'posec3d-slowonly-r50' },
      { input: undefined },
      {},
      "data.input: expected 'pose' or 'limbs', since posec3d-slowonly-r50 sees skeletons, received nothing.",
    ],
    [
      { name: 'slow-8x8-r50' },
      pose,
      {},
      'model.name: expected a model of joints, such as posec3d-slowonly-r50, received slow-8x8-r50. ' +
        'Change data.input, or leave out model.name.',
    ],
    [
      { name: 'posec3d-slowonly-r50-limb' },
      pose,
      {},
      'model.name: expected a model of joints, such as posec3d-slowonly-r50, received posec3d-slowonly-r50-limb. ' +
        'Change data.input, or leave out model.name.',
    ],
    [
      { depth: 18 },
      pose,
      {},
      'model.depth: expected nothing, since the network sees skeletons, received 18.',
    ],
    [
      {},
      { ...pose, stride: 2 },
      {},
      'data.stride: expected 1, since frames are drawn from equal parts of the whole video, received 2.',
    ],
    [
      {},
      { ...pose, size: [64, 48] },
      {},
      'data.size: expected one side of a square, since skeletons lie in one, received 64x48.',
    ],
    [
      {},
      pose,
      { evaluate: { finalCrops: 3 } },
      'evaluate.finalCrops: expected 1, or 2 with the mirror image, since skeletons fill their crop, received 3.',
    ],
    [
      {},
      {},
      { evaluate: { finalCrops: 2 } },
      'evaluate.finalCrops: expected 1 or 3, since 2 are those of skeletons, received 2.',
    ],
  ])('%j %j %j is refused', (model, data, more, message) => {
    const own = { ...config(model, data), model, ...more } as NetworkConfig;
    expect(() => networkFromConfig(own, 3)).toThrow(message);
  });
});
