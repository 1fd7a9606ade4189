import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileSource, memoryStore, writeFileAtomic, writeSafetensors } from '@slowfast/core';
import { loadCheckpoint, loadModel } from '@slowfast/checkpoints';
import { slowfast } from './testing/run-slowfast.js';
import { needBuild, startSlowfast } from './testing/slowfast-process.js';
import { VERSION } from './version.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MEDIA = at('../../../../examples/media/');
const VIDEO = join(MEDIA, 'archery.avi');
const CHECKPOINT = at('../../../checkpoints/src/goldens/checkpoints/pyslowfast_slowfast_w2.pyth');

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'slowfast-cli-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('slowfast', () => {
  it('prints help and version, and knows no other command', async () => {
    const help = await slowfast('--help');
    expect(help.code).toBe(0);
    for (const name of ['classify', 'describe', 'models', 'export', 'convert', 'doctor']) {
      expect(help.out).toContain(`  ${name} `);
    }
    expect((await slowfast('--version')).out).toBe(`${VERSION}\n`);
    const unknown = await slowfast('clasify');
    expect(unknown.code).toBe(2);
    expect(unknown.err).toBe("error: unknown command 'clasify'\n(Did you mean classify?)\n");
    expect((await slowfast()).code).toBe(2);
  });

  it('has the version of its package', async () => {
    const manifest = JSON.parse(await readFile(at('../../package.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({ version: VERSION });
  });
});

const scoresIn = (out: string): unknown => jsonLines(out).map(({ predictions }) => predictions);

describe('classify', () => {
  const small = ['--weights', CHECKPOINT, '--views', '2x1', '--json'];

  it('scores videos, one JSON line each, and goes on after a broken one', async () => {
    const broken = join(folder, 'broken.mp4');
    await writeFile(broken, 'this is no video');
    const { code, out, err } = await slowfast('classify', VIDEO, broken, ...small, '--top', '3');
    const [first, second] = jsonLines(out);
    expect(first).toMatchObject({ file: VIDEO, model: 'slowfast-4x16-r50', views: '2x1' });
    const predictions = first!['predictions'] as { index: number; label: string; score: number }[];
    expect(predictions).toHaveLength(3);
    expect(predictions[0]).toMatchObject({ label: `class ${predictions[0]!.index}` });
    expect(predictions[0]!.score).toBeGreaterThanOrEqual(predictions[1]!.score);
    expect(second).toMatchObject({ file: broken, error: { kind: 'MediaError' } });
    expect(err).toContain('1 of 2 videos failed\n');
    expect(code).toBe(1);
  });

  it('gives the same scores from an exported file, whatever its input', async () => {
    const scoresOf = async (...args: string[]): Promise<number[]> => {
      const { code, out } = await slowfast('classify', VIDEO, '--views', '1x1', '--json', ...args);
      expect(code).toBe(0);
      const [result] = jsonLines(out) as { predictions: { score: number }[] }[];
      return result!.predictions.map(({ score }) => score);
    };
    const direct = await scoresOf('--weights', CHECKPOINT);
    for (const [input, lowering] of [
      ['pathways', 'none'],
      ['clip', 'auto'],
    ]) {
      const file = join(folder, `${input}.onnx`);
      const exported = await slowfast(
        ...['export', '--weights', CHECKPOINT, '-o', file],
        ...['--input', input!, '--lowering', lowering!],
      );
      expect(exported).toMatchObject({ code: 0, err: '' });
      (await scoresOf('--model', file)).forEach((score, i) =>
        expect(score).toBeCloseTo(direct[i]!, 5),
      );
    }
  });

  it('gives the same scores on TensorFlow.js', async () => {
    const resultOf = async (...args: string[]): Promise<{ device: string; scores: number[] }> => {
      const { code, out, err } = await slowfast(
        ...['classify', VIDEO, '--weights', CHECKPOINT, '--views', '1x1', '--top', '11', '--json'],
        ...args,
      );
      expect({ code, err }).toEqual({ code: 0, err: expect.not.stringContaining('Error') });
      const [result] = jsonLines(out) as {
        device: string;
        predictions: { index: number; score: number }[];
      }[];
      const byClass = [...result!.predictions].sort((a, b) => a.index - b.index);
      return { device: result!.device, scores: byClass.map(({ score }) => score) };
    };
    const onnx = await resultOf();
    const tfjs = await resultOf('--runtime', 'tfjs', '--tfjs-backend', 'wasm');
    expect(tfjs.device).toBe('tfjs (wasm)');
    tfjs.scores.forEach((score, i) => expect(score).toBeCloseTo(onnx.scores[i]!, 5));
  });

  it('takes folders and label files, and says what is missing', async () => {
    const labels = join(folder, 'labels.txt');
    await writeFile(labels, Array.from({ length: 11 }, (_, i) => `action ${i}`).join('\r\n'));
    const { out } = await slowfast(
      'classify',
      join(MEDIA, 'ut-interaction'),
      ...small,
      '--labels',
      labels,
    );
    const results = jsonLines(out);
    expect(results).toHaveLength(6);
    expect(JSON.stringify(results[0])).toMatch(/"label":"action \d+"/);
    await writeFile(labels, 'one\n');
    expect(await slowfast('classify', VIDEO, ...small, '--labels', labels)).toMatchObject({
      code: 1,
      err: `error: labels ${labels}: expected 11 labels, one a class, received 1.\n`,
    });
  });

  it('says plainly that initialised weights mean nothing', async () => {
    const tiny = ['--size', '32', '--frames', '8', '--views', '1x1', '--json'];
    const run = (...args: string[]) =>
      slowfast('classify', VIDEO, '--model', 'fast-32x2-r50', ...tiny, ...args);
    const drawn = await run('--weights', 'initialised');
    expect(drawn).toMatchObject({
      code: 0,
      err: 'warning: the weights are initialised, not trained: the scores mean nothing\n',
    });
    const others = await run('--weights', 'initialised', '--seed', '1');
    expect(scoresIn(others.out)).not.toEqual(scoresIn(drawn.out));
    expect(await run()).toMatchObject({
      code: 1,
      out: expect.stringContaining('{"error":{"kind":"SpecError",') as string,
      err:
        'error: fast-32x2-r50: expected weights, received a name alone. Download a checkpoint of it ' +
        'from the model zoo of PySlowFast, PyTorchVideo, mmaction2 or gluon-cv and give that as weights, ' +
        "or give 'initialised' for random ones, whose scores mean nothing.\n",
    });
  });

  it.each([
    [
      ['--views', '3'],
      2,
      "expected clips x crops such as 10x3 or 1x1 (1 or 3 crops), received '3'",
    ],
    [['--views', '2x7'], 2, "such as 10x3 or 1x1 (1 or 3 crops), received '2x7'"],
    [['--views', '2x3'], 2, '--views: expected 1 crop, as in 2x1'], // The default model sees whole frames.
    [['--top', '0'], 2, '--top: expected a whole number of at least 1'],
    [['--top', 'five'], 2, "expected a whole number of at least 1, received 'five'"],
    [['--decoder', 'vlc'], 2, "--decoder: expected auto, node-av or ffmpeg, received 'vlc'"],
    [['--backend', 'tpu'], 2, "--backend: expected auto, node or web, received 'tpu'"],
    [['--lowering', 'fast'], 2, "--lowering: expected auto or none, received 'fast'"],
    [['--frobnicate'], 2, "error: unknown option '--frobnicate'"],
    [['--model', 'slowfast-4x6-r50'], 2, 'The nearest are slowfast-4x16-r50'],
    [['--weights', 'no-such.pyth'], 1, 'no-such.pyth: expected a file that can be read'],
    [['--weights', VIDEO], 1, 'archery.avi'],
  ])('refuses %j', async (args, code, message) => {
    const result = await slowfast('classify', VIDEO, ...args);
    expect(result.err).toContain(message);
    expect(result).toMatchObject({ code, out: '' });
  });

  it('reports a missing file', async () => {
    const { code, err } = await slowfast('classify', 'nowhere.mp4', ...small);
    expect(code).toBe(1);
    expect(err).toMatch(/^(warning: .*\n)*error: nowhere\.mp4: /);
  });
});

describe('describe and models', () => {
  it('give parameters and multiply-adds of one view', async () => {
    const { out } = await slowfast('describe', 'slowfast-4x16-r50', '--json');
    // Counts of the reference implementation at 256².
    expect(jsonLines(out)[0]).toMatchObject({ parameters: 34480216, multiplyAdds: 36101963776 });
    const smaller = await slowfast('describe', 'slowfast-4x16-r50', '--size', '224', '--json');
    expect(jsonLines(smaller.out)[0]).toMatchObject({ multiplyAdds: 27638665216 });
  });

  it('draw the stages as the paper does', async () => {
    const { out } = await slowfast('describe', 'slowfast-4x16-r50', '--size', '224');
    expect(out).toContain('[1x1², 64; 1x3², 64; 1x1², 256] x3');
    expect(out).toContain('→ 2048 x 4 x 7²');
    expect(out).toContain('fast → slow after res4 (time-strided-conv)');
  });

  it('write the drawing of the README, and the same as a page', async () => {
    const files = { svg: join(folder, 'model.svg'), html: join(folder, 'model.html') };
    const wanted = ['--svg', files.svg, '--html', files.html] as const;
    await slowfast('describe', 'slowfast-8x8-r50', '--size', '224', ...wanted);
    const drawing = await readFile(files.svg, 'utf8');
    const inRepository = new URL('../../../../docs/slowfast-8x8-r50.svg', import.meta.url);
    expect(await readFile(inRepository, 'utf8')).toBe(drawing);
    expect(await readFile(files.html, 'utf8')).toContain(drawing.trim());
    const refused = await slowfast('describe', 'slow-4x16-r50', '--plan', ...wanted);
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('not with --plan') });
  });

  it('show the plan for processors', async () => {
    const { out } = await slowfast('describe', 'slowfast-4x16-r50', '--plan');
    expect(out).toMatch(/^fast\.stem\S* +conv3d +5x7x7 .* 2 ← 1 frames$/m);
    expect(out).toMatch(/^slow\.res5\S* +conv3d +3x1x1 .* 1 ← 1 frames$/m);
    const [plan] = jsonLines(
      (await slowfast('describe', 'slowfast-4x16-r50', '--plan', '--json')).out,
    );
    const layers = plan!['layers'] as { multiplyAdds: number }[];
    const total = layers.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0);
    // All but the classifier, which is applied at 2x2 positions.
    expect(total).toBe(36101963776 - 4 * 2304 * 400);
  });

  it('list every model with cost and accuracy', async () => {
    const rows = jsonLines((await slowfast('models', '--json')).out);
    expect(rows.find(({ name }) => name === 'slowfast-8x8-r50')).toMatchObject({
      parameters: 34566488,
    });
    expect((await slowfast('models')).out).toContain('slowfast-16x8-r101-nl');
  });

  it('name the nearest models for an unknown one', async () => {
    expect(await slowfast('describe', 'slowfast')).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /received 'slowfast'\. The nearest are .*slowfast-8x8-r50/,
      ) as string,
    });
  });
});

describe('convert', () => {
  it('writes safetensors that load without a word about what they are', async () => {
    const output = join(folder, 'weights.safetensors');
    const { code, out } = await slowfast('convert', CHECKPOINT, '-o', output);
    expect(code).toBe(0);
    expect(out).toContain('torch-zip checkpoint of pyslowfast');
    expect(out).toContain('slowfast-4x16-r50');
    const run = async (file: string): Promise<unknown> =>
      jsonLines(
        (await slowfast('classify', VIDEO, '--weights', file, '--views', '1x1', '--json')).out,
      )[0]!['predictions'];
    expect(await run(output)).toEqual(await run(CHECKPOINT));
  });

  it('draws a classifier where there is none, and the file goes on to say that it means nothing', async () => {
    const [trunk, output, again] = ['trunk', 'drawn', 'again'].map((name) =>
      join(folder, `${name}.safetensors`),
    ) as [string, string, string];
    const { store } = await loadCheckpoint(await fileSource(CHECKPOINT));
    const kept = [...store.names].filter((name) => !name.startsWith('head.'));
    const tensors = await Promise.all(
      kept.map(async (name) => [name, await store.read(name)] as const),
    );
    await writeFileAtomic(trunk, (sink) => writeSafetensors(memoryStore(tensors), { sink }));
    const small = ['--model', 'slowfast-4x16-r50', '--frames', '16', '--size', '64'];
    const { code, err } = await slowfast('convert', trunk, ...small, '-o', output);
    expect([code, err]).toEqual([1, expect.stringContaining('head.projection.weight')]);
    const drawn = await slowfast('convert', trunk, ...small, '--head', 'initialised', '-o', output);
    expect(drawn.out).toContain('The weights have no classifier: one was drawn');
    await slowfast('convert', output, '-o', again);
    for (const file of [output, again]) {
      const { metadata } = await loadModel({ weights: await fileSource(file) });
      expect(metadata.trained).toBe(false);
    }
  });

  it('takes what no option says by --set, and remembers it', async () => {
    const output = join(folder, 'set.safetensors');
    const set = ['fps=15', 'channelOrder=bgr', 'mean=[0.5,0.5,0.5]', 'views={"clips":3}'];
    const args = set.flatMap((entry) => ['--set', entry]);
    await slowfast('convert', CHECKPOINT, '-o', output, ...args);
    const { out } = await slowfast('convert', output, '-o', join(folder, 'again'), '--json');
    expect(jsonLines(out)[0]).toMatchObject({
      preprocessing: {
        ...{ clip: { fps: 15 }, channelOrder: 'bgr', mean: [0.5, 0.5, 0.5] },
        views: { clips: 3, crops: 3 },
      },
    });
    for (const [wrong, message] of [
      ['fps', "error: --set: expected key=value, received 'fps'.\n"],
      ['fps=fast', 'error: --set: fps: expected a positive number, received "fast".\n'],
      ['rate=15', /^error: --set: .*rate/],
    ] as const) {
      const { code, err } = await slowfast('convert', CHECKPOINT, '-o', output, '--set', wrong);
      expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(message) });
    }
  });

  it('reports as JSON what it inferred', async () => {
    const output = join(folder, 'half.safetensors');
    const args = ['--precision', 'float16', '--json'];
    const { out } = await slowfast('convert', CHECKPOINT, '-o', output, ...args);
    expect(jsonLines(out)[0]).toMatchObject({
      zoo: 'pyslowfast',
      container: 'torch-zip',
      model: 'slowfast-4x16-r50',
      preprocessing: { clip: { frames: 16, stride: 2 } },
    });
  });

  it('leaves nothing behind when it fails, and what was there as it was', async () => {
    const target = join(folder, 'kept');
    await writeFile(target, 'precious');
    const before = await readdir(folder);
    const wrong = ['--model', 'slowfast-8x8-r50', '-o', target];
    expect((await slowfast('convert', CHECKPOINT, ...wrong)).code).toBe(1);
    expect(await readFile(target, 'utf8')).toBe('precious');
    expect(await readdir(folder)).toEqual(before);
    const damaged = join(folder, 'damaged.safetensors');
    await slowfast('convert', CHECKPOINT, '-o', damaged);
    const bytes = await readFile(damaged);
    await writeFile(damaged, bytes.fill(0xff, bytes.length - 4));
    expect(await slowfast('convert', damaged, '-o', target)).toMatchObject({
      code: 1,
      err: expect.stringContaining('expected a finite number, received NaN') as string,
    });
    expect(await readFile(target, 'utf8')).toBe('precious');
    const nowhere = join(folder, 'no', 'such', 'folder');
    expect(await slowfast('convert', CHECKPOINT, '-o', nowhere)).toMatchObject({
      code: 1,
      err: expect.stringContaining('expected a place where a file can be written') as string,
    });
  });
});

describe('export', () => {
  it('warns of initialised weights and refuses an unknown precision', async () => {
    const output = join(folder, 'tiny.onnx');
    const tiny = [
      ...['fast-32x2-r50', '--weights', 'initialised', '--size', '32', '--frames', '8'],
      ...['-o', output],
    ];
    const done = await slowfast('export', ...tiny, '--json');
    expect(done.err).toBe(
      'warning: the weights are initialised, not trained: the scores mean nothing\n',
    );
    expect(jsonLines(done.out)[0]).toMatchObject({ model: 'fast-32x2-r50', trained: false });
    expect(await slowfast('export', ...tiny, '--precision', 'int4')).toMatchObject({
      code: 2,
      err: "error: --precision: expected float32, float16 or int8, received 'int4'.\n",
    });
  });
});

describe('doctor', () => {
  beforeAll(needBuild);
  it('names runtimes and decoders', async () => {
    const { code, out, err } = await startSlowfast(['doctor', '--json']).ended;
    // What GPU libraries write when they find none stays in the process that tries them.
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [report] = jsonLines(out);
    expect(report).toMatchObject({ problems: [] });
    expect(JSON.stringify(report)).toContain('"name":"onnxruntime-node","available":true');
    expect(JSON.stringify(report)).toContain(
      '{"backend":"wasm","version":"4.22.0","available":true}',
    );
    expect(report!['tfjs']).toContainEqual({
      backend: 'webgl',
      version: '4.22.0',
      available: false,
      reason: 'there is no WebGL here',
    });
    const { out: text } = await startSlowfast(['doctor']).ended;
    expect(text).toContain('Nothing is missing.');
    expect(text).toContain('TensorFlow.js 4.22.0\n');
    expect(text).toContain('  ok   wasm\n');
    expect(text).toContain('  --   webgl: there is no WebGL here\n');
  });
});
