import { readFileSync, readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import type { TypedWeightStore } from '@slowfast/core';
import { firstName, separated } from './reading.js';
import type { Zoo } from './zoo-grammars.js';
import { detectZoo, fromZooName, toZooName, zooLayout } from './zoo-names.js';

const goldens = new URL('../goldens/', import.meta.url);
const lines = (path: string): string[] =>
  gunzipSync(readFileSync(new URL(path, goldens)))
    .toString()
    .trim()
    .split('\n');

interface Key {
  readonly name: string;
  readonly pyslowfast?: string;
  readonly shape: string;
}

/** A list of `name, shape` or (Caffe2) `blob, PySlowFast name, shape`, without batch counters. */
const keysOf = (file: string): Key[] =>
  lines(`keys/${file}`)
    .filter((line) => !line.startsWith('#') && !line.includes('num_batches_tracked'))
    .map((line) => line.split('\t'))
    .map((cells) =>
      cells.length === 3
        ? { name: cells[0]!, pyslowfast: cells[1]!, shape: cells[2]! }
        : { name: cells[0]!, shape: cells[1]! },
    );

const files = readdirSync(new URL('keys/', goldens)).sort();

test('57 models are there', () => expect(files).toHaveLength(57));

describe.each(files)('%s', (file) => {
  const zoo = file.split('_')[0] as Zoo;
  const keys = keysOf(file).filter(({ name }) => firstName(zoo, name) === undefined);
  const names = keys.map(({ name }) => name);
  const layout = zooLayout(zoo, names);

  test('is recognised', () => {
    expect(detectZoo(names)).toBe(zoo);
    expect(layout.block).toBe('bottleneck');
    expect(layout.pathways).toHaveLength(/slowfast/i.test(file.slice(zoo.length)) ? 2 : 1);
  });

  test('every name maps to one of ours, and back', () => {
    const own = names.map((name) => fromZooName(zoo, name, layout));
    expect(own.filter((name) => name === undefined)).toEqual([]);
    expect(new Set(own).size).toBe(names.length);
    const back = own.map((name) => toZooName(zoo, name!, layout)!);
    // gluon-cv's networks of one pathway are written under the names of its Slow-only, which has no non-local blocks.
    const isInflated = file.startsWith('gluoncv_torch_i3d');
    if (!isInflated) expect(back).toEqual(names);
    else if (!file.includes('nl')) {
      expect(back.map((name) => fromZooName(zoo, name, layout))).toEqual(own);
    }
    expect(detectZoo(own as string[])).toBe('slowfast');
    expect(zooLayout('slowfast', own as string[])).toEqual({
      ...layout,
      head: 'recognition',
      poolBlock: false,
      // Here ir-CSN has the names of a residual network.
      trunk: layout.trunk === 'ir-csn' ? 'resnet' : layout.trunk,
    });
  });

  if (zoo === 'caffe2') {
    test('blobs and PySlowFast names become the same names', () => {
      const theirs = zooLayout(
        'pyslowfast',
        keys.map(({ pyslowfast }) => pyslowfast!),
      );
      for (const { name, pyslowfast } of keys) {
        expect(fromZooName('caffe2', name, layout)).toBe(
          fromZooName('pyslowfast', pyslowfast!, theirs),
        );
      }
    });
  }
});

test('the same model has the same names and shapes whichever zoo it comes from', () => {
  const shapes = (file: string): Map<string, string> => {
    const keys = keysOf(`${file}.txt.gz`);
    const zoo = file.split('_')[0] as Zoo;
    const layout = zooLayout(
      zoo,
      keys.map(({ name }) => name),
    );
    return new Map(
      keys.map(({ name, shape }) => [fromZooName(zoo, name, layout)!, shape] as const).sort(),
    );
  };
  const same = [
    [
      'pyslowfast_SLOWFAST_8x8_R50',
      'pytorchvideo_slowfast_r50',
      'gluoncv_torch_slowfast_8x8_resnet50',
      'caffe2_SLOWFAST_8x8_R50',
    ],
    [
      'pyslowfast_SLOWFAST_4x16_R50',
      'pytorchvideo_SLOWFAST_4x16_R50',
      'gluoncv_torch_slowfast_4x16_resnet50',
      'caffe2_SLOWFAST_4x16_R50',
    ],
    [
      'pyslowfast_SLOWFAST_8x8_R101_101_101',
      'pytorchvideo_slowfast_r101',
      'gluoncv_torch_slowfast_8x8_resnet101',
    ],
    ['pyslowfast_SLOWFAST_16x8_R101_50_50', 'pytorchvideo_slowfast_16x8_r101_50_50'],
    ['pyslowfast_SLOWFAST_NLN_16x8_R101_50_50', 'caffe2_SLOWFAST_NLN_16x8_R101_50_50'],
    ['pyslowfast_AVA_SLOWFAST_32x2_R101_50_50', 'caffe2_AVA_SLOWFAST_32x2_R101_50_50'],
    ['pyslowfast_AVA_SLOWFAST_32x2_R50', 'pytorchvideo_slowfast_r50_detection'],
    ['pyslowfast_AVA_SLOW_4x16_R50', 'pytorchvideo_slow_r50_detection'],
    [
      'pyslowfast_SLOW_8x8_R50',
      'pytorchvideo_slow_r50',
      'mmaction2_slowonly_r50',
      'caffe2_SLOW_8x8_R50',
    ],
    ['pyslowfast_I3D_8x8_R50', 'pytorchvideo_i3d_r50', 'caffe2_I3D_8x8_R50'],
    ['pytorchvideo_c2d_r50', 'pytorchvideo_c2d_r50'],
    ['pyslowfast_I3D_NLN_8x8_R50', 'caffe2_I3D_NLN_8x8_R50'],
  ];
  for (const [first, ...others] of same) {
    for (const other of others) expect(shapes(other)).toEqual(shapes(first!));
  }
  const mm = shapes('mmaction2_slowfast_r50_8x8x1');
  const reference = shapes('pyslowfast_SLOWFAST_8x8_R50');
  for (const name of [...reference.keys()]) if (/^lateral.*norm/.test(name)) reference.delete(name);
  expect(mm).toEqual(reference);
});

test('the five-way map of SlowFast 8x8 R50', () => {
  const [header, ...rows] = lines('keymap_8x8_r50.tsv.gz').map((line) => line.split('\t'));
  expect(header).toEqual([
    'pyslowfast',
    'caffe2_pkl',
    'pytorchvideo',
    'gluoncv_torch',
    'mmaction2',
    'shape',
  ]);
  expect(rows).toHaveLength(552);
  const zoos = ['pyslowfast', 'caffe2', 'pytorchvideo', 'gluoncv', 'mmaction2'] as const;
  const layout = zooLayout(
    'pyslowfast',
    rows.map((row) => row[0]!),
  );
  for (const row of rows) {
    const own = fromZooName('pyslowfast', row[0]!, layout)!;
    for (const [column, zoo] of zoos.entries()) {
      if (/^lateral.*norm/.test(own) && zoo === 'mmaction2') continue;
      expect([zoo, toZooName(zoo, own, layout)]).toEqual([zoo, row[column]!]);
      expect([zoo, fromZooName(zoo, row[column]!, layout)]).toEqual([zoo, own]);
    }
  }
});

test('a Fast-only model keeps its pathway', () => {
  const names = keysOf('pyslowfast_SLOW_8x8_R50.txt.gz').map(({ name }) => name);
  const layout = zooLayout('pyslowfast', names, 'fast');
  expect(layout.pathways).toEqual(['fast']);
  const own = fromZooName('pyslowfast', 's2.pathway0_res0.branch2.a_bn.bias', layout);
  expect(own).toBe('fast.res2.0.a.norm.bias');
  for (const [zoo, name] of [
    ['pyslowfast', 's2.pathway0_res0.branch2.a_bn.bias'],
    ['pytorchvideo', 'blocks.1.res_blocks.0.branch2.norm_a.bias'],
    ['mmaction2', 'backbone.layer1.0.conv1.bn.bias'],
    ['caffe2', 'res2_0_branch2a_bn_b'],
  ] as const) {
    expect(toZooName(zoo, own!, layout)).toBe(name);
    expect(fromZooName(zoo, name, layout)).toBe(own);
  }
});

test('non-local blocks of mmaction2', () => {
  const layout = {
    pathways: ['slow'],
    blocks: { slow: [3, 4, 6, 3] },
    block: 'bottleneck',
    head: 'recognition',
    poolBlock: false,
    trunk: 'resnet',
  } as const;
  const at = 'backbone.layer2.1.non_local_block';
  const pairs = [
    [`${at}.theta.conv.bias`, 'slow.res3.1.nonlocal.theta.bias'],
    [`${at}.g.0.conv.weight`, 'slow.res3.1.nonlocal.g.weight'],
    [`${at}.phi.0.conv.bias`, 'slow.res3.1.nonlocal.phi.bias'],
    [`${at}.conv_out.conv.weight`, 'slow.res3.1.nonlocal.out.weight'],
    [`${at}.conv_out.bn.running_var`, 'slow.res3.1.nonlocal.norm.running_var'],
  ] as const;
  for (const [theirs, own] of pairs) {
    expect(fromZooName('mmaction2', theirs, layout)).toBe(own);
    expect(toZooName('mmaction2', own, layout)).toBe(theirs);
  }
  expect(fromZooName('mmaction2', `${at}.phi.conv.bias`, layout)).toBe(
    'slow.res3.1.nonlocal.phi.bias',
  );
  expect(toZooName('mmaction2', 'slow.res3.1.nonlocal.out.bias', layout)).toBeUndefined();
});

test("gluon-cv's I3D holds tensors twice, which are taken once", () => {
  const keys = keysOf('gluoncv_torch_i3d_nl5_resnet50_v1.txt.gz');
  const store: TypedWeightStore = {
    names: new Set(keys.map(({ name }) => `module.${name}`)),
    shapeOf: () => [],
    dtypeOf: () => 'float32',
    read: () => Promise.reject(new Error('not read')),
  };
  const { store: network, beside } = separated(store);
  expect(beside).toEqual([]);
  expect([...network.names].filter((name) => /W_bn|head/.test(name))).toEqual([]);
  expect(network.names.size).toBe(327);
  // One that has no first name is of something else: it is not left out.
  const others = [...store.names].filter((name) => !name.endsWith('nonlocal_block.bn.weight'));
  const left = separated({ ...store, names: new Set(others) }).store.names;
  expect([...left].filter((name) => name.includes('W_bn'))).toHaveLength(5);
});

test('names of no zoo are refused, the first of them listed', () => {
  const names = keysOf('pyslowfast_SLOW_8x8_R50.txt.gz').map(({ name }) => name);
  expect(() => detectZoo([...names, 'extra.weight'], 'x.pyth')).toThrow(
    'x.pyth: expected the parameter names of slowfast, pyslowfast, pytorchvideo, mmaction2, gluoncv, caffe2, ' +
      "received names of pyslowfast with 1 that it does not have: 'extra.weight'. " +
      'The checkpoint is of another model family, or was renamed.',
  );
  expect(() => detectZoo(['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'x.pyth')).toThrow(
    'x.pyth: expected the parameter names of slowfast, pyslowfast, pytorchvideo, mmaction2, gluoncv, caffe2, ' +
      "received 7 names that none of them has: 'a', 'b', 'c', 'd', 'e' and 2 more. " +
      'The checkpoint is of another model family, or was renamed.',
  );
  expect(() => detectZoo([])).toThrow('received 0 names that none of them has: .');
});
