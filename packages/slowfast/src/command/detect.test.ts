/** @file `slowfast detect` as a user runs it, on a small network. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  GraphBuilder,
  float32Tensor,
  initialWeights,
  memoryStore,
  writeSafetensors,
} from '@slowfast/core';
import { WEIGHTS_METADATA_KEY } from '@slowfast/checkpoints';
import { catalogModel, checkedModelName } from '@slowfast/models';
import { writeFileAtomic } from '@slowfast/core';
import { onnxBytes } from '@slowfast/runtime-onnx';
import { openVideo } from '@slowfast/video';
import type { DetectedFrame } from '../detect/detection.js';
import { slowfast, type Ended } from './testing/run-slowfast.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const VIDEO = at('../../../../examples/media/arm-wrestling.mp4');
let folder: string;
const WHOLE = ['--people', 'whole-frame'];
/** Arguments for a network that runs in no time; its scores mean nothing. */
let SMALL: readonly string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowfast-detect-'));
  const options = { model: 'slow-4x16-r50-ava', width: 8, size: 64 };
  const { model } = catalogModel(checkedModelName(options.model), options);
  const path = join(folder, 'small.safetensors');
  await writeFileAtomic(path, (sink) =>
    writeSafetensors(initialWeights(model.graph), {
      sink,
      metadata: { [WEIGHTS_METADATA_KEY]: JSON.stringify(options) },
    }),
  );
  SMALL = ['--weights', path, '--min-score', '0'];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Report {
  readonly keyFrames: readonly DetectedFrame[];
  readonly detector: { readonly kind: string };
  readonly video: { readonly width: number; readonly height: number; readonly frames: number };
}

const NOT_SQUARE =
  'warning: Pixels are not square but 1.255:1; frames are taken as they are stored, as by the code that models were trained with.\n';

const detect = (...argv: string[]): Promise<Ended> => slowfast('detect', ...argv);

async function report(...argv: string[]): Promise<Report> {
  const { code, out, err } = await detect(VIDEO, ...SMALL, ...argv);
  expect(err).toBe(NOT_SQUARE);
  expect(code).toBe(0);
  const result = JSON.parse(out) as Report;
  const schema = JSON.parse(await readFile(at('../../detect.schema.json'), 'utf8')) as Schema;
  expect(violations(schema, result)).toEqual([]);
  return result;
}

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** What ffprobe, which shares no code with the encoder's package, reads from a file. */
async function probed(path: string): Promise<unknown> {
  const { path: ffprobe } = createRequire(import.meta.url)('@ffprobe-installer/ffprobe') as {
    path: string;
  };
  const args = ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', path];
  const { stdout, stderr } = await promisify(execFile)(ffprobe, args);
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('detect', () => {
  it('takes the whole frame, one key frame a second', async () => {
    const { keyFrames, video, detector } = await report('--top', '3', ...WHOLE);
    expect(detector).toEqual({ kind: 'whole-frame' });
    expect(keyFrames.map(({ time }) => time)).toEqual(keyFrames.map((_, i) => i));
    expect(keyFrames.length).toBeGreaterThan(5);
    for (const { boxes, frame } of keyFrames) {
      expect(frame).toBeLessThan(video.frames);
      expect(boxes).toHaveLength(1);
      expect(boxes[0]).toMatchObject({ box: [0, 0, 1, 1], score: 1, track: 1 });
      const scores = boxes[0]!.actions.map(({ score }) => score);
      expect(scores).toHaveLength(3);
      expect([...scores].sort((a, b) => b - a)).toEqual(scores);
    }
  });

  it('counts seconds as a player does, where pictures begin with second 2', async () => {
    const late = at('../../../video/src/cases/late-start.mp4');
    const boxes = await file('late.csv', 'late-start,3,0.1,0.1,0.4,0.9,,0.95\n');
    const { code, out } = await detect(late, ...SMALL, '--boxes', boxes);
    expect(code).toBe(0);
    const { keyFrames } = JSON.parse(out) as Report;
    expect(keyFrames.map(({ time, frame, boxes }) => [time, frame, boxes.length])).toEqual([
      [2, 0, 0],
      [3, 30, 1],
    ]);
  });

  it('refuses boxes that match no second of the video', async () => {
    const boxes = await file('ava.csv', 'arm-wrestling,0902,0.1,0.1,0.4,0.9,80,1\n');
    const { code, err } = await detect(VIDEO, ...SMALL, '--boxes', boxes);
    expect(code).toBe(1);
    expect(err).toContain('received boxes at second 902. Say by --first-second');
  });

  it('finds people and their joints with nothing else given', async () => {
    const video = at('../../../../examples/media/ut-interaction/handshake_s09_c52.avi');
    const { code, out } = await detect(video, ...SMALL, '--every', '2');
    expect(code).toBe(0);
    const result = JSON.parse(out) as Report;
    const schema = JSON.parse(await readFile(at('../../detect.schema.json'), 'utf8')) as Schema;
    expect(violations(schema, result)).toEqual([]);
    expect(result.detector).toMatchObject({ kind: 'movenet-multipose', threshold: 0.2 });
    expect(result.keyFrames).toHaveLength(3);
    for (const { boxes } of result.keyFrames) {
      // Two people, on the left and on the right, each with a head above the ankles, within the box.
      expect(new Set(boxes.map(({ track }) => track)).size).toBe(2);
      expect(boxes).toHaveLength(2);
      const [left, right] = [...boxes].sort((a, b) => a.box[0] - b.box[0]);
      expect(left!.box[0]).toBeLessThan(0.25);
      expect(right!.box[2]).toBeGreaterThan(0.7);
      for (const { keypoints, box } of boxes) {
        const joint = (name: string) => keypoints!.find((point) => point.name === name)!;
        expect(joint('nose').y).toBeLessThan(joint('left_ankle').y - 0.5);
        expect(joint('nose').x).toBeGreaterThan(box[0]);
        expect(joint('nose').x).toBeLessThan(box[2]);
      }
    }
  });

  it('takes boxes from CSV, by score and time, and from its own JSON; writes both files', async () => {
    const rows = [
      'arm-wrestling,0,0.1,0.1,0.4,0.9,,0.95',
      'arm-wrestling,1,0.12,0.1,0.42,0.9,,0.9',
      'arm-wrestling,1,0.5,0.2,0.9,0.8,,0.85',
      'arm-wrestling,1,0.5,0.2,0.9,0.3,,0.5',
      'other,2,0,0,1,1,,0.99',
    ];
    const csv = await file('boxes.csv', `${rows.join('\n')}\n`);
    const [json, clip] = [join(folder, 'out.json'), join(folder, 'out.mp4')];
    const written = await detect(VIDEO, ...SMALL, '--boxes', csv, '-o', json, '--video', clip);
    expect(written).toMatchObject({ code: 0, out: '' });
    const { keyFrames, video } = JSON.parse(await readFile(json, 'utf8')) as Report;
    const tracks = keyFrames.map(({ boxes }) => boxes.map(({ track }) => track));
    expect(tracks.slice(0, 3)).toEqual([[1], [1, 2], []]);
    expect(keyFrames[1]!.boxes[1]).toMatchObject({ box: [0.5, 0.2, 0.9, 0.8], score: 0.85 });
    expect((await readdir(folder)).filter((name) => name.includes('tmp'))).toEqual([]);

    const again = await report('--boxes', json);
    expect(again.keyFrames).toEqual(keyFrames);

    expect(await probed(clip)).toMatchObject({
      streams: [
        {
          codec_name: 'h264',
          pix_fmt: 'yuv420p',
          width: video.width - (video.width % 2),
          height: video.height - (video.height % 2),
          nb_read_frames: `${video.frames}`,
        },
      ],
    });
    await using annotated = await openVideo(clip);
    const { width, height, frames } = annotated.info;
    expect({ width, height, frames }).toEqual({
      width: video.width - (video.width % 2),
      height: video.height - (video.height % 2),
      frames: video.frames,
    });
    const before = new Map<number, Uint8Array>();
    await using original = await openVideo(VIDEO);
    for await (const frame of original.frames({ indices: [0] })) before.set(0, frame.data);
    for await (const { index, data } of annotated.frames({ indices: [0] })) {
      // Red line of track 1 at the left of the box, halfway down; nothing in its middle.
      const pixel = (bytes: Uint8Array, columns: number, x: number, y: number): number[] => {
        const start = 3 * (Math.round(y * height) * columns + Math.round(x * width));
        return [...bytes.subarray(start, start + 3)];
      };
      const line = pixel(data, width, 0.1, 0.7);
      expect(
        Math.abs(line[0]! - 64) + Math.abs(line[1]! - 190) + Math.abs(line[2]! - 255),
      ).toBeLessThan(150);
      const [inside, was] = [
        pixel(data, width, 0.25, 0.7),
        pixel(before.get(index)!, video.width, 0.25, 0.7),
      ];
      inside.forEach((value, i) => expect(Math.abs(value - was[i]!)).toBeLessThan(40));
    }
  });

  it('takes boxes of a detector, every so many frames', async () => {
    const g = GraphBuilder.empty('detector');
    const images = g.input('images', { dtype: 'float32', shape: ['N', 3, 32, 32] });
    const output = g.reshape(g.linear(g.mean(images, [2, 3]), 6, 'rows'), ['N', 1, 6]);
    const bytes = await onnxBytes(
      { name: 'detector', graph: g.build({ output }) },
      memoryStore(
        new Map([
          ['rows.weight', float32Tensor([6, 3], new Float32Array(18))],
          ['rows.bias', float32Tensor([6], Float32Array.of(16, 16, 16, 8, 0.9, 0.1))],
        ]),
      ),
    );
    const adapter = {
      style: 'yolo',
      order: 'rows',
      input: { size: [32, 32] },
      outputs: { boxes: 'output' },
    };
    const { keyFrames } = await report(
      ...['--detector', await file('people.onnx', bytes)],
      ...['--adapter', await file('people.json', JSON.stringify(adapter))],
      ...['--every-frames', '100'],
    );
    expect(keyFrames.map(({ frame }) => frame)).toEqual(keyFrames.map((_, i) => 100 * i));
    for (const { boxes } of keyFrames) {
      expect(boxes).toHaveLength(1);
      [0.25, 0.375, 0.75, 0.625].forEach((value, i) =>
        expect(boxes[0]!.box[i]).toBeCloseTo(value, 5),
      );
      expect(boxes[0]!.score).toBeCloseTo(0.9, 5);
    }
  });

  it('runs exported models, of any size or of the video’s', async () => {
    const onnx = join(folder, 'any.onnx');
    const weights = SMALL.slice(0, 2);
    expect(await slowfast('export', ...weights, '-o', onnx, '--dynamic-size')).toMatchObject({
      code: 0,
    });
    const direct = await report('--top', '80', '--every', '4', ...WHOLE);
    const exported = await detect(
      VIDEO,
      '--model',
      onnx,
      '--min-score',
      '0',
      '--top',
      '80',
      '--every',
      '4',
      ...WHOLE,
    );
    expect(exported).toMatchObject({ code: 0, err: NOT_SQUARE });
    const scores = ({ keyFrames }: Report): number[] =>
      keyFrames.flatMap(({ boxes }) =>
        boxes.flatMap(({ actions }) =>
          [...actions].sort((a, b) => a.index - b.index).map(({ score }) => score),
        ),
      );
    const [ours, theirs] = [scores(direct), scores(JSON.parse(exported.out) as Report)];
    expect(ours).toHaveLength(3 * 80);
    ours.forEach((score, i) => expect(theirs[i]).toBeCloseTo(score, 5));
    // A square one: frames are stretched to it.
    const square = join(folder, 'square.onnx');
    expect(await slowfast('export', ...weights, '-o', square)).toMatchObject({ code: 0 });
    const stretched = await detect(
      VIDEO,
      '--model',
      square,
      '--min-score',
      '0',
      ...WHOLE,
      '--every',
      '4',
    );
    expect(stretched).toMatchObject({ code: 0, err: NOT_SQUARE });
  });

  it.each([
    [['--boxes', 'boxes.txt'], 1, 'boxes boxes.txt: expected a .csv or .json file'],
    [['--boxes', 'none.csv'], 1, 'boxes none.csv: expected a file that can be read'],
    [['--adapter', 'a.json'], 2, '--adapter: expected --detector beside it'],
    [['--people', '.'], 1, 'people .: expected a folder with movenet-multipose.json and'],
    [
      ['--detector', 'a.onnx', '--adapter', 'a.json', '--boxes', 'b.csv'],
      2,
      '--boxes, --detector and --people: expected one of them',
    ],
    [['--video', 'out.avi'], 2, '--video: expected a name ending with .mp4 or .webm'],
    [['--box-threshold', '2'], 2, 'expected a number from 0 to 1'],
    [['--every', '0'], 2, 'expected seconds from 0.01 to 3600'],
    [
      ['--model', 'slow-4x16-r50', '--size', '64', '--weights', 'initialised'],
      1,
      'slow-4x16-r50: expected a model for people in boxes, received a classifier of whole clips.',
    ],
    [[], 1, 'slow-4x16-r50-ava: expected weights, received a name alone. Download a checkpoint'],
    [['--seed', '3'], 1, "seed: expected weights 'initialised' beside it, received no weights."],
    [['--dataset', 'charades'], 1, "expected ava, received 'charades'"],
  ])('refuses %j', async (args, code, message) => {
    const result = await detect(VIDEO, '--model', 'slow-4x16-r50-ava', ...args);
    expect(result.err).toContain(message);
    expect(result).toMatchObject({ code, out: '' });
  });
});

/** The part of JSON Schema that the published schema uses. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

function violations(schema: Schema, value: unknown, path = '$'): readonly string[] {
  const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  const isType =
    schema.type === undefined ||
    schema.type === type ||
    (schema.type === 'integer' && Number.isInteger(value));
  if (!isType) return [`${path}: ${type} is no ${schema.type}`];
  const found: string[] = [];
  if (schema.const !== undefined && schema.const !== value) found.push(`${path}: ${String(value)}`);
  if (typeof value === 'number') {
    const { minimum = -Infinity, maximum = Infinity } = schema;
    if (!(value >= minimum && value <= maximum)) found.push(`${path}: ${value}`);
  }
  if (Array.isArray(value)) {
    const { minItems = 0, maxItems = Infinity, items } = schema;
    if (value.length < minItems || value.length > maxItems)
      found.push(`${path}: ${value.length} items`);
    if (items) found.push(...value.flatMap((item, i) => violations(items, item, `${path}[${i}]`)));
  } else if (type === 'object') {
    const entries = value as Readonly<Record<string, unknown>>;
    for (const key of schema.required ?? [])
      if (!(key in entries)) found.push(`${path}: no ${key}`);
    for (const [key, entry] of Object.entries(entries)) {
      const own = schema.properties?.[key];
      if (own) found.push(...violations(own, entry, `${path}.${key}`));
      else if (schema.additionalProperties === false) found.push(`${path}: ${key}`);
    }
  }
  return found;
}
