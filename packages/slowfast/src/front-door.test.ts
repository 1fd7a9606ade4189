import { fileURLToPath } from 'node:url';
import { slowfast } from './command/testing/run-slowfast.js';
import { actionDetector, featureExtractor, liveClassifier } from './index.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const VIDEO = at('../../../examples/media/ut-interaction/handshake_s09_c52.avi');
const DRAWN = { model: 'slow-4x16-r50-ava', weights: 'initialised', size: 64, width: 8 } as const;

test('a feature extractor gives an array a place, a row a window', async () => {
  await using features = await featureExtractor({ at: ['slow.res5', 'head'] });
  const { arrays, windows, times, file } = await features(VIDEO, { window: 32, stride: 32 });
  expect(file).toBe(VIDEO);
  expect(arrays['slow.res5']!.shape).toEqual([windows, 96]);
  expect(arrays['head']!.shape).toEqual([windows, 120]);
  expect(times).toHaveLength(2 * windows);
  await expect(features(VIDEO, { stride: 0 })).rejects.toThrow('stride: expected a whole number');
});

test('a live classifier says again and again what goes on', async () => {
  await using watch = await liveClassifier();
  const times: number[] = [];
  for await (const { time, predictions } of watch(VIDEO, { every: 1, pace: 'decoded' })) {
    times.push(time);
    expect(predictions[0]!.label).toBe('handshake');
  }
  expect(times.length).toBeGreaterThan(1);
  expect(() => watch(VIDEO, { top: 0 })).toThrow('top: expected a whole number');
});

test('a detector has the scores that the command prints', async () => {
  await using detect = await actionDetector(DRAWN);
  expect(detect.model).toBeUndefined();
  const { keyFrames } = await detect(VIDEO, {
    every: 2,
    top: 2,
    minScore: 0,
    people: 'whole-frame',
  });
  expect(detect.model!.name).toBe(DRAWN.model);
  const { out } = await slowfast(
    ...[
      'detect',
      VIDEO,
      '--model',
      DRAWN.model,
      '--weights',
      'initialised',
      '--size',
      '64',
      '--width',
      '8',
    ],
    ...['--every', '2', '--top', '2', '--min-score', '0', '--people', 'whole-frame'],
  );
  expect(keyFrames).toEqual((JSON.parse(out) as { keyFrames: object }).keyFrames);
  await detect.dispose();
  await expect(detect(VIDEO)).rejects.toThrow('expected a call before dispose');
});

test('a detector is no classifier of whole clips', async () => {
  await expect(actionDetector({ ...DRAWN, model: 'slow-4x16-r50' })).rejects.toThrow(
    'expected a model for people in boxes, received a classifier of whole clips',
  );
});
