/**
 * @file Checkpoints as people have them: a file of PySlowFast whose pickle is wrapped, prefixed or configured otherwise
 * still gives the scores of the reference, or an error that names what is in the way.
 */
import { readFileSync } from 'node:fs';
import { unzipSync, zipSync } from 'fflate';
import { bytesSource } from '@slowfast/core';
import { formulaClip } from '@slowfast/core/testing';
import { batchFeeds } from '@slowfast/evaluation';
import { loadModel, type LoadedModel } from '@slowfast/checkpoints';
import { onnxRuntime } from '@slowfast/runtime-onnx';

const GOLDENS = new URL('../../packages/checkpoints/src/goldens/checkpoints/', import.meta.url);
const FILE = 'pyslowfast_slowfast_w2.pyth';
const read = (name: string): Buffer => readFileSync(new URL(name, GOLDENS));
const [{ output }] = JSON.parse(read('expected.json').toString()) as [
  { readonly output: { readonly value: readonly number[] } },
];

/** A text as pickles have it. */
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(5, 'X');
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};

/** A dictionary as pickles have it. */
const dictionary = (value: object): Buffer =>
  Buffer.concat([
    Buffer.from('}('),
    ...Object.entries(value).flatMap(([key, inner]) => [
      text(key),
      typeof inner === 'object' ? dictionary(inner as object) : item(inner as string | number),
    ]),
    Buffer.from('u'),
  ]);

const item = (value: string | number): Buffer =>
  typeof value === 'string' ? text(value) : Buffer.from([0x4b, value]);

type Change = (pickle: Buffer) => Buffer;

const replaced =
  (from: Buffer, to: Buffer): Change =>
  (pickle) => {
    const at = pickle.indexOf(from);
    if (at < 0) throw new Error(`the pickle has no ${from.toString()}`);
    return Buffer.concat([pickle.subarray(0, at), to, pickle.subarray(at + from.length)]);
  };

/** Every name of a tensor under a prefix. */
const prefixed =
  (prefix: string): Change =>
  (pickle) => {
    const parts: Buffer[] = [];
    let end = 0;
    // Names begin with a stage, or are the head's.
    const names = /^(?:s[1-5](?:_fuse)?\.|head\.)[\w.]+$/;
    for (let at = pickle.indexOf('X'); at >= 0; at = pickle.indexOf('X', at + 1)) {
      if (at + 5 > pickle.length) break;
      const length = pickle.readUInt32LE(at + 1);
      if (length > 200) continue;
      const name = pickle.subarray(at + 5, at + 5 + length).toString('latin1');
      if (!names.test(name)) continue;
      parts.push(pickle.subarray(end, at), text(prefix + name));
      end = at + 5 + length;
    }
    return Buffer.concat([...parts, pickle.subarray(end)]);
  };

const wrapper = (name: string): Change => replaced(text('model_state'), text(name));

const MEMBERS = unzipSync(read(FILE));
const PICKLE = Object.keys(MEMBERS).find((name) => name.endsWith('/data.pkl'))!;
const CONFIG = storedConfig(Buffer.from(MEMBERS[PICKLE]!));

function storedConfig(pickle: Buffer): string {
  const at = pickle.indexOf('DATA:\n');
  const start = pickle.lastIndexOf('X', at);
  return pickle.subarray(start + 5, start + 5 + pickle.readUInt32LE(start + 1)).toString();
}

/** The stored configuration with an entry more. */
const entry = (section: string, line: string): Change =>
  replaced(text(CONFIG), text(CONFIG.replace(`${section}:\n`, `${section}:\n  ${line}\n`)));

function opened(...changes: readonly Change[]): Promise<LoadedModel> {
  const pickle = changes.reduce<Buffer>(
    (before, change) => change(before),
    Buffer.from(MEMBERS[PICKLE]!),
  );
  const bytes = zipSync({ ...MEMBERS, [PICKLE]: new Uint8Array(pickle) }, { level: 0 });
  return loadModel({ weights: bytesSource(bytes, FILE) });
}

async function expectReference({ entry: { model }, weights, metadata }: LoadedModel) {
  const { preprocessing } = metadata;
  await using compiled = await onnxRuntime({ threads: 1 }).compile(model, weights, { metadata });
  const clip = formulaClip([1, 3, 16, 64, 64]);
  const { scores } = await compiled.run(batchFeeds(['slow', 'fast'], preprocessing, [clip]));
  output.value.forEach((value, i) => expect(Number(scores.data[i])).toBeCloseTo(value, 4));
}

describe('a dictionary of tensors', () => {
  it.each([
    ['under the name model', [wrapper('model')]],
    ['under the name net', [wrapper('net')]],
    ['under a name that nobody knows', [wrapper('my weights')]],
    ['that is an average, and all there is', [wrapper('model_ema')]],
    ['whose names begin with net.', [wrapper('state_dict'), prefixed('net.')]],
    ['whose names begin with video_model.', [wrapper('state_dict'), prefixed('video_model.')]],
    ['whose names begin with two prefixes', [prefixed('_orig_mod.module.')]],
  ])('%s gives the scores of the reference', async (_, changes) => {
    await expectReference(await opened(...changes));
  });
});

describe('an entry of the stored configuration', () => {
  it.each([
    ['DATA', 'TARGET_FPS: 15', { clip: { fps: 15 } }],
    ['DATA', 'ENSEMBLE_METHOD: max', { views: { combine: 'max' } }],
    ['TEST', 'NUM_ENSEMBLE_VIEWS: 4', { views: { clips: 4 } }],
  ])('%s %s is followed', async (section, line, expected) => {
    const known = CONFIG.includes(`${section}:\n`);
    const change = known
      ? entry(section, line)
      : replaced(text(CONFIG), text(`${CONFIG}\n${section}:\n  ${line}\n`));
    const loaded = await opened(change);
    expect(loaded.metadata.preprocessing).toMatchObject(expected);
    await loaded.weights.close?.();
  });

  it('that asks for what is not built is an error that names it', async () => {
    await expect(opened(entry('RESNET', 'STRIDE_1X1: true'))).rejects.toThrow(
      'cfg: RESNET.STRIDE_1X1: expected false, received true.',
    );
  });

  it('counts as much in a dictionary as in text', async () => {
    const config = {
      DATA: { TARGET_FPS: 15, ENSEMBLE_METHOD: 'max' },
      TEST: { NUM_ENSEMBLE_VIEWS: 4 },
    };
    const { metadata } = await opened(replaced(text(CONFIG), dictionary(config)));
    expect(metadata.preprocessing).toMatchObject({
      clip: { fps: 15 },
      views: { clips: 4, combine: 'max' },
    });
  });
});

it('after multigrid training the pooling is global, which other scores come of', async () => {
  const multigrid = `${CONFIG}MULTIGRID:\n  SHORT_CYCLE: true\n  DEFAULT_T: 16\n  DEFAULT_S: 64\n`;
  const larger = multigrid.replace(/TEST_CROP_SIZE: \d+/, 'TEST_CROP_SIZE: 96');
  const scores = async (config: string): Promise<number[]> => {
    const { entry: found, weights, metadata } = await opened(replaced(text(CONFIG), text(config)));
    await using compiled = await onnxRuntime({ threads: 1 }).compile(found.model, weights);
    const clip = formulaClip([1, 3, 16, 96, 96]);
    const feeds = batchFeeds(['slow', 'fast'], metadata.preprocessing, [clip]);
    return Array.from((await compiled.run(feeds))['scores']!.data, Number);
  };
  const pooled = await scores(larger);
  const windows = await scores(larger.replace('SHORT_CYCLE: true', 'SHORT_CYCLE: false'));
  const { options } = await opened(replaced(text(CONFIG), text(larger)));
  expect(options.pool).toBe('global');
  expect(Math.max(...pooled.map((value, i) => Math.abs(value - windows[i]!)))).toBeGreaterThan(
    1e-3,
  );
});
