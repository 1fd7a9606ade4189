/** @file Further backbones of full size, and as pathways beside others. */
import {
  BACKBONES,
  backboneDisagreement,
  WRITTEN_DOWN,
  writtenDownDisagreement,
} from './backbone-networks.js';
import { EVERYDAY_MIXED, MIXED, mixedScores } from './mixed-pathways.js';

// X3D-S and mmaction2's ir-CSN-50 are in every run of the tests.
const files = (Object.keys(BACKBONES) as (keyof typeof BACKBONES)[]).filter(
  (file) => file !== 'pytorchvideo_x3d_s_160' && file !== 'mmaction2_ircsn_r50_64',
);

test.each(files)(
  '%s gives what its zoo gives',
  async (file) => {
    expect(await backboneDisagreement(file)).toEqual({});
  },
  300_000,
);

type WrittenDown = keyof typeof WRITTEN_DOWN;

test.each((Object.keys(WRITTEN_DOWN) as WrittenDown[]).filter((name) => name !== 'movinet_a0'))(
  "%s gives what PyTorch's functions give",
  async (name) => {
    expect(await writtenDownDisagreement(name)).toEqual({});
  },
);

type Mixed = keyof typeof MIXED;
const others = (Object.keys(MIXED) as Mixed[]).filter(
  (name) => !(EVERYDAY_MIXED as readonly Mixed[]).includes(name),
);

describe('as pathways of a SlowFast network', () => {
  it.each(others)('%s: composed, described, the same on both runtimes', async (name) => {
    const [onnx, tfjs] = await mixedScores(name);
    onnx.forEach((value, i) => expect(value).toBeCloseTo(tfjs[i]!, 5));
    expect(onnx.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  });
});
