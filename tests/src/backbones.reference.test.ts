import { BACKBONES, backboneDisagreement } from './backbone-networks.js';

// X3D-S is in every run of the tests.
const files = (Object.keys(BACKBONES) as (keyof typeof BACKBONES)[]).filter(
  (file) => file !== 'x3d_s_160',
);

test.each(files)(
  '%s gives what PyTorchVideo gives',
  async (file) => {
    expect(await backboneDisagreement(file)).toEqual({});
  },
  300_000,
);
