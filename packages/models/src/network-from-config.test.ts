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
