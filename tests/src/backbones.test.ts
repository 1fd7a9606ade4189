/** @file Further backbones: against PyTorchVideo, against published costs, and as pathways beside others. */
import { fromZooName, toZooName, zooLayout } from '@slowfast/checkpoints';
import { catalogModel } from '@slowfast/models';
import { backboneDisagreement, writtenDownDisagreement } from './backbone-networks.js';
import { EVERYDAY_MIXED, mixedScores } from './mixed-pathways.js';

test('X3D-S gives what PyTorchVideo gives', async () => {
  expect(await backboneDisagreement('pytorchvideo_x3d_s_160')).toEqual({});
}, 120_000);

test('ir-CSN-50 gives what mmaction2 gives', async () => {
  expect(await backboneDisagreement('mmaction2_ircsn_r50_64')).toEqual({});
}, 60_000);

test("MoViNet-A0 gives what PyTorch's functions give", async () => {
  expect(await writtenDownDisagreement('movinet_a0')).toEqual({});
}, 60_000);

test.each([
  ['pyslowfast', 'x3d-m', 's1.pathway0_stem.conv_xy.weight'],
  ['pytorchvideo', 'x3d-m', 'blocks.0.conv.conv_t.weight'],
  ['mmaction2', 'x3d-s', 'backbone.conv1_s.conv.weight'],
  ['pytorchvideo', 'r2plus1d-16x4-r50', 'blocks.0.conv.weight'],
  ['pytorchvideo', 'ir-csn-32x2-r101', 'blocks.0.conv.weight'],
] as const)('names of %s for %s go there and back', (zoo, name, first) => {
  const ours = [...catalogModel(name, { zoo }).model.graph.params.keys()];
  const layout = zooLayout('slowfast', ours);
  const theirs = ours.map((param) => toZooName(zoo, param, layout)!);
  expect(theirs[0]).toBe(first);
  expect(zooLayout(zoo, theirs)).toEqual(layout);
  expect(theirs.map((param) => fromZooName(zoo, param, layout))).toEqual(ours);
});

describe('as pathways of a SlowFast network', () => {
  it.each(EVERYDAY_MIXED)('%s: composed, described, the same on both runtimes', async (name) => {
    const [onnx, tfjs] = await mixedScores(name);
    onnx.forEach((value, i) => expect(value).toBeCloseTo(tfjs[i]!, 5));
    expect(onnx.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  });
});
