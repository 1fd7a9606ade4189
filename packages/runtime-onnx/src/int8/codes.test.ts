import { activationCode, biasCodes, biasScales, weightCodes, weightScales } from './codes.js';

const layer = {
  weight: Float32Array.of(0.5, -1.27, 0.3, 2, 0.01, -0.7),
  bias: Float32Array.of(0.25, -3),
  channels: 2,
  inputScale: Math.fround(0.02),
};

test('scales of channels are exactly |w|max / 127', () => {
  expect([...weightScales(layer)]).toEqual([
    Math.fround(Math.fround(1.27) / 127),
    Math.fround(2 / 127),
  ]);
});

test('weights are no further than half a step from their codes, and the largest has the last code', () => {
  const [scales, codes] = [weightScales(layer), weightCodes(layer)];
  expect([codes[1], codes[3]]).toEqual([-127, 127]);
  layer.weight.forEach((weight, i) => {
    const scale = scales[Math.floor(i / 3)]!;
    expect(Math.abs(codes[i]! * scale - weight)).toBeLessThanOrEqual((scale / 2) * (1 + 1e-6));
  });
});

test('the scale of a bias is that of a product of codes', () => {
  const scales = biasScales(layer);
  expect([...scales]).toEqual(
    [...weightScales(layer)].map((s) => Math.fround(s * layer.inputScale)),
  );
  biasCodes(layer).forEach((code, o) => {
    expect(Math.abs(code * scales[o]! - layer.bias[o]!)).toBeLessThanOrEqual(scales[o]! / 2);
  });
});

test('a bias fits where the weights of its channel are zero, or next to it', () => {
  const weight = Float32Array.of(0, 0, 1e-12, 0);
  const thin = { ...layer, weight, bias: Float32Array.of(-2, 5) };
  const codes = biasCodes(thin);
  const scales = biasScales(thin);
  expect([...weightCodes(thin)]).toEqual([0, 0, 0, 0]);
  [-2, 5].forEach((bias, o) => {
    expect(Math.abs(codes[o]!)).toBeLessThanOrEqual(2 ** 30 + 2 ** 8);
    expect(codes[o]! * scales[o]!).toBeCloseTo(bias, 6);
  });
});

test('a layer of zeros has finite scales', () => {
  const zeros = { ...layer, weight: new Float32Array(6), bias: undefined };
  expect(Math.min(...weightScales(zeros), ...biasScales(zeros))).toBeGreaterThan(0);
  expect([...biasCodes(zeros)]).toEqual([0, 0]);
});

test.each([
  [[0, 5.1], 0.02, 0],
  [[-1.28, 1.27], 0.01, 128],
  // Zero has a code of its own, whatever the range: padding is zero.
  [[2, 5.1], 0.02, 0],
  [[-5.1, -1], 0.02, 255],
  [[0, 0], 1, 0],
] as const)('activations in %j: step %f, zero at %i', (range, scale, zeroPoint) => {
  const code = activationCode(range);
  expect(code.scale).toBe(Math.fround(scale));
  expect(code.zeroPoint).toBe(zeroPoint);
});

test('an activation that is next to nothing has a scale that float32 can divide by', () => {
  expect(activationCode([0, 1e-40]).scale).toBe(2 ** -50);
});
