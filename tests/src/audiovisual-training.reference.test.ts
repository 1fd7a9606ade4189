/** @file Training with sound from end to end: classes that differ in what is heard alone, told apart by a model that hears. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planTraining, trainModel, videoClassifier } from 'slowfast';

const { path: ffmpeg } = createRequire(import.meta.url)('@ffmpeg-installer/ffmpeg') as {
  path: string;
};
const [TRAIN, TEST] = [16, 12];

let folder: string;

/** The same pictures in all; a low tone or a high one, each of its own pitch and loudness. */
function video(i: number): string {
  const name = `${i}.mkv`;
  const hertz = (i % 2 === 0 ? 300 : 2500) + ((37 * i) % 300);
  const tone = `aevalsrc=${0.2 + 0.02 * (i % 16)}*sin(2*PI*${hertz}*t)+0.02*random(${i}):d=1.5`;
  const { status, stderr } = spawnSync(ffmpeg, [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=40x32:rate=30:duration=1.5'],
    ...['-f', 'lavfi', '-i', tone, '-c:v', 'mpeg4', '-c:a', 'pcm_s16le', join(folder, name)],
  ]);
  if (status !== 0) throw new Error(String(stderr));
  return `${name} ${i % 2}`;
}

const recipe = (output: string, model: object, data: object = {}): string =>
  JSON.stringify({
    ...{ name: 'tones', output, seed: 1, backend: 'auto' },
    data: {
      ...{ train: 'train.csv', test: 'test.csv', frames: 8, stride: 2, size: 32, scale: [1, 1] },
      ...{ flip: false, workers: 0, ...data },
    },
    model: { ...{ depth: 18, width: 8, alpha: 4, beta: 0.25 }, ...model },
    train: {
      ...{ epochs: 10, batch: 4, schedule: { lr: 0.01 }, preciseBatchNorm: 4 },
      optimizer: { kind: 'adamw' },
    },
    evaluate: { every: 10, finalClips: 2 },
    checkpoint: { steps: 3 },
  });
const HEARS = [{ kind: 'audiovisual' }, { sound: { frames: 32, mels: 40 } }] as const;

async function run(name: string, text: string, options: Parameters<typeof trainModel>[1] = {}) {
  const path = join(folder, `${name}.yaml`);
  await writeFile(path, text);
  return trainModel(path, options);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tones-'));
  const lines = Array.from({ length: TRAIN + TEST }, (_, i) => video(i));
  await writeFile(join(folder, 'train.csv'), lines.slice(0, TRAIN).join('\n'));
  await writeFile(join(folder, 'test.csv'), lines.slice(TRAIN).join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a model that hears tells the tones apart, one that only sees does not; killed and resumed, it is the same', async () => {
  const heard = await run('heard', recipe('heard', ...HEARS));
  expect(heard.evaluation!.metrics['top1']).toBeGreaterThanOrEqual(11 / 12);
  const seen = await run('seen', recipe('seen', { kind: 'slowfast' }));
  expect(seen.evaluation!.metrics['top1']).toBe(0.5);

  const stop = new AbortController();
  const stopped = run('again', recipe('again', ...HEARS), {
    signal: stop.signal,
    onProgress: ({ step }) => (step === 7 ? stop.abort(new Error('enough')) : undefined),
  });
  await expect(stopped).rejects.toThrow('enough');
  const again = await run('again', recipe('again', ...HEARS), { resume: true });
  const [one, other] = await Promise.all([heard, again].map(({ onnx }) => readFile(onnx)));
  expect(one!.equals(other!)).toBe(true);

  // Training goes on from all of them.
  const notes: string[] = [];
  const [model, data] = HEARS;
  const further = join(folder, 'further.yaml');
  await writeFile(further, recipe('further', { ...model, weights: heard.weights }, data));
  await planTraining(further, { onNote: (note) => notes.push(note) });
  expect(notes).toEqual([expect.stringMatching(/: \d+ parameters kept, 0 new, 0 not used$/)]);

  // The weights say by themselves what they hear.
  await using classify = await videoClassifier({ weights: heard.weights, sessions: 1 });
  const files = Array.from({ length: TEST }, (_, i) => join(folder, `${TRAIN + i}.mkv`));
  const results = await classify(files, { views: '2x1' });
  const right = results.filter(({ scores }, i) => scores[i % 2]! > 0.5);
  expect(right.length).toBeGreaterThanOrEqual(11);
}, 600_000);
