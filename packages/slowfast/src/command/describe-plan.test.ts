import { GraphBuilder } from '@slowfast/core';
import { slowfast } from './testing/run-slowfast.js';
import { describePlan, planText } from './describe-plan.js';

function stem() {
  const g = GraphBuilder.empty('net');
  const x = g.input('fast', { dtype: 'float32', shape: ['N', 3, 6, 12, 12] });
  const y = g.conv3d(x, { channels: 8, kernel: [5, 3, 3], name: 'stem' });
  return g.build({ y: g.maxPool3d(y, [1, 3, 3], [1, 2, 2], [0, 1, 1]) });
}

test('a plan without times', () => {
  expect(planText(describePlan(stem()))).toBe(
    `layer       op          kernel  input      output     M multiply-adds  lowering
stem        conv3d      5x3x3   3x6x12x12  8x6x12x12              0.9  2 ← 1 frames
max_pool3d  max_pool3d  1x3x3   8x6x12x12  8x6x6x6                0.0  1 ← 1 frames
`,
  );
});

test('a tuned plan shows the times of what was chosen, and of the others', () => {
  const single = { outputs: 1, inputs: 1 };
  const plan = new Map([
    ['stem', single],
    ['max_pool3d', single],
  ]);
  const stemTimes = [
    { lowering: 'plain' as const, milliseconds: 1.2344 },
    { lowering: single, milliseconds: 0.5 },
    { lowering: { outputs: 2, inputs: 1 }, milliseconds: 0.75 },
  ];
  const layers = describePlan(stem(), { plan, times: new Map([['stem', stemTimes]]) });
  expect(layers.map(({ milliseconds }) => milliseconds)).toEqual([
    { plain: 1.234, '1 ← 1 frames': 0.5, '2 ← 1 frames': 0.75 },
    undefined,
  ]);
  expect(planText(layers)).toMatch(
    / {2}lowering {8}ms {2}others, ms\nstem .* {2}1 ← 1 frames {2}0\.50 {2}plain 1\.23, 2 ← 1 frames 0\.75\nmax_pool3d .* {2}1 ← 1 frames\n$/,
  );
});

test.each([
  [['describe', 'c2d-8x8-r50', '--tune'], '--tune: needs --plan'],
  [['describe', 'c2d-8x8-r50', '--plan', '--threads', '2'], '--threads: needs --tune'],
  [['classify', import.meta.filename, '--tune', '--lowering', 'none'], 'leave out --lowering'],
  [['classify', import.meta.filename, '--tune', '--model', 'x.onnx'], '--tune: an .onnx file'],
])('options that do not go together: %j', async (argv, message) => {
  const { code, err } = await slowfast(...argv);
  expect(code).toBe(2);
  expect(err).toContain(message);
});
