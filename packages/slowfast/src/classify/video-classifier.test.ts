import { fileURLToPath } from 'node:url';
import { fileSource, float32Tensor, type HostTensor } from '@slowfast/core';
import { batchFeeds } from '@slowfast/evaluation';
import { openVideo, views } from '@slowfast/video';
import { slowfast } from '../command/testing/run-slowfast.js';
import { videoClassifier, type VideoClassifier } from './video-classifier.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const VIDEO = at('../../../../examples/media/ut-interaction/handshake_s09_c52.avi');
const OTHER = at('../../../../examples/media/archery.avi');
const CHECKPOINT = at('../../../checkpoints/src/goldens/checkpoints/pyslowfast_slowfast_w2.pyth');

let classify: VideoClassifier;
beforeAll(async () => (classify = await videoClassifier({ features: ['slow.res5', 'head'] })));
afterAll(() => classify.dispose());

test('a video has the scores that the command prints, features or not', async () => {
  const done: number[][] = [];
  const result = await classify(VIDEO, {
    ...{ top: 3, views: '2x1' },
    onProgress: (...now) => done.push(now.slice(0, 2) as number[]),
  });
  const { out } = await slowfast('classify', VIDEO, '--views', '2x1', '--top', '3', '--json');
  const { predictions, views } = JSON.parse(out) as { predictions: object[]; views: string };
  expect([...result]).toEqual(predictions);
  expect(result).toMatchObject({ file: VIDEO, views });
  expect(result[0]!.label).toBe('handshake');
  expect(result.scores).toHaveLength(classify.labels!.length);
  expect(done).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect(result.features['slow.res5']!.shape).toEqual([2, 96]);
  expect(result.features['head']!.shape).toEqual([2, 120]);
});

test('features are those of the clip, pooled or as maps', async () => {
  const options = { views: '1x1' } as const;
  const { features } = await classify(VIDEO, options);
  const maps = await classify(VIDEO, { ...options, pool: 'none' });
  const { shape, data } = maps.features['slow.res5']!;
  const positions = shape.slice(2).reduce((a, b) => a * b, 1);
  const mean = data.slice(0, positions).reduce((a, b) => a + b, 0) / positions;
  expect(features['slow.res5']!.data[0]).toBeCloseTo(mean, 5);
});

test('many files give results in order, one by one or together', async () => {
  const options = { views: '1x1', top: 1 } as const;
  const files: string[] = [];
  async function* source() {
    yield VIDEO;
    yield new URL(`file://${OTHER}`);
  }
  for await (const { file } of classify(source(), options)) files.push(file);
  expect(files).toEqual([VIDEO, OTHER]);
  const results = await classify([OTHER, VIDEO], options);
  expect(results.map(({ file }) => file)).toEqual([OTHER, VIDEO]);
});

test('a video that is open gives the same, and stays open', async () => {
  const options = { views: '1x1' } as const;
  await using video = await openVideo(VIDEO);
  const result = await classify(video, options);
  expect(result.file).toBe(VIDEO);
  expect([...result]).toEqual([...(await classify(VIDEO, options))]);
  const [again] = await classify([video], options);
  expect([...again!]).toEqual([...result]);
});

test('clips as tensors have the scores of the video that they are made of', async () => {
  await using video = await openVideo(VIDEO);
  const { preprocessing, model } = classify;
  const tensors: HostTensor<'float32'>[] = [];
  for await (const { tensor } of views(video, preprocessing, { clips: 2, crops: 1 })) {
    tensors.push(tensor);
  }
  const single = await classify(tensors[0]!, { top: 3 });
  expect(single).toMatchObject({ file: 'clip', views: '1x1', length: 3 });
  expect([...single.scores]).toEqual([...(await classify(VIDEO, { views: '1x1' })).scores]);
  // N views by pathway, as one clip, and clips with videos among many.
  const inputs = Object.keys(model.inputs);
  const feeds = batchFeeds(inputs, preprocessing, tensors) as Record<string, HostTensor<'float32'>>;
  const both = await classify(feeds);
  const whole = await classify(VIDEO, { views: '2x1' });
  expect(both.views).toBe('2x1');
  both.scores.forEach((score, i) => expect(score).toBeCloseTo(whole.scores[i]!, 5));
  expect(both.features['head']!.shape).toEqual([2, 120]);
  const results = await classify([tensors[0]!, VIDEO], { views: '1x1' });
  expect(results.map(({ file }) => file)).toEqual(['clip', VIDEO]);
  expect([...results[0]!.scores]).toEqual([...single.scores]);
});

test('a clip that does not fit is refused', async () => {
  const clip = float32Tensor([1, 3, 4, 8, 8], new Float32Array(768));
  await expect(classify(clip)).rejects.toMatchObject({ name: 'ShapeError', site: 'clip' });
  await expect(classify({ slow: clip })).rejects.toMatchObject({ name: 'ShapeError' });
  await expect(classify({ ...clip, shape: [768] })).rejects.toThrow(
    'clip: expected a tensor [N, C, T, H, W], received [768].',
  );
});

test('a wrong file is thrown in its turn, or told and left out', async () => {
  const options = { views: '1x1' } as const;
  const files: string[] = [];
  await expect(async () => {
    for await (const { file } of classify([VIDEO, 'none.mp4', OTHER], options)) files.push(file);
  }).rejects.toThrow('none.mp4: expected a video file');
  expect(files).toEqual([VIDEO]);
  const failures: string[] = [];
  const results = await classify(['none.mp4', VIDEO], {
    ...options,
    onError: (error, file) => failures.push(`${file} ${error.name}`),
  });
  expect(results.map(({ file }) => file)).toEqual([VIDEO]);
  expect(failures).toEqual(['none.mp4 MediaError']);
});

test.each([
  [
    undefined,
    {},
    'file: expected the path of a video, a file: URL, or an open video, received undefined.',
  ],
  [VIDEO, { top: 0 }, 'top: expected a whole number of at least 1, received 0.'],
  [VIDEO, { views: '3' as '3x1' }, "views: expected clips x crops such as '10x3' or '1x1'"],
  [VIDEO, { signal: AbortSignal.abort(new Error('enough')) }, 'enough'],
])('refuses %p %j', async (file, options, message) => {
  await expect(classify(file as string, options)).rejects.toThrow(message);
});

test('an aborted run ends with the reason, and the classifier goes on', async () => {
  const controller = new AbortController();
  const run = classify(VIDEO, {
    ...{ views: '10x1', signal: controller.signal },
    onProgress: () => controller.abort(new Error('enough')),
  });
  await expect(run).rejects.toThrow('enough');
  expect(await classify(VIDEO, { views: '1x1' })).toHaveLength(5);
});

test('weights are taken from everywhere', async () => {
  const { readFile } = await import('node:fs/promises');
  const bytes = await readFile(CHECKPOINT);
  const answers: object[] = [];
  for (const weights of [
    CHECKPOINT,
    new URL(`file://${CHECKPOINT}`),
    new Blob([bytes]),
    new Uint8Array(bytes),
    await fileSource(CHECKPOINT),
  ]) {
    await using other = await videoClassifier({ weights });
    answers.push(Array.from((await other(OTHER, { views: '1x1' })).scores));
  }
  for (const answer of answers.slice(1)) expect(answer).toEqual(answers[0]);
});

test.each([
  [{ model: 'slow-4x16-r50' }, 'slow-4x16-r50: expected weights, received a name alone.'],
  [{ weights: 5 as unknown as string }, 'weights: expected a path, URL, Blob, bytes, a source, or'],
  [{ runtime: 'tf' as 'tfjs' }, "runtime: expected 'onnx', 'tfjs' or a runtime, received tf."],
  [{ runtime: 'tfjs', threads: 1 }, "threads: expected nothing, since it is of runtime 'onnx'"],
  [{ features: ['slow.res6'] }, "received 'slow.res6'"],
  [{ labels: ['one'] }, 'labels: expected 6, one a class, received 1.'],
] as const)('does not load %j', async (options, message) => {
  await expect(videoClassifier(options)).rejects.toThrow(message);
});

test('after disposal, which may be repeated, calls are refused', async () => {
  const other = await videoClassifier();
  await Promise.all([other.dispose(), other[Symbol.asyncDispose]()]);
  await expect(other(VIDEO)).rejects.toThrow('expected a model that is open');
});

test('TensorFlow.js gives the same scores', async () => {
  await using other = await videoClassifier({ runtime: 'tfjs' });
  const [ours, theirs] = [
    await classify(VIDEO, { views: '1x1' }),
    await other(VIDEO, { views: '1x1' }),
  ];
  ours.scores.forEach((score, i) => expect(theirs.scores[i]).toBeCloseTo(score, 4));
});
