/**
 * @file Wrong arguments get this project's errors: every exported function of every package is called without
 * arguments, with null, and with numbers. Callers in JavaScript, and values from files, come without the compiler.
 */
import * as backbones from '@slowfast/backbones';
import * as checkpoints from '@slowfast/checkpoints';
import * as core from '@slowfast/core';
import * as evaluation from '@slowfast/evaluation';
import * as fusion from '@slowfast/fusion';
import * as heads from '@slowfast/heads';
import * as models from '@slowfast/models';
import * as onnx from '@slowfast/runtime-onnx';
import * as tfjs from '@slowfast/runtime-tfjs';
import * as training from '@slowfast/training';
import * as video from '@slowfast/video';
import * as slowfast from 'slowfast';

const PACKAGES = {
  backbones,
  checkpoints,
  core,
  evaluation,
  fusion,
  heads,
  models,
  onnx,
  slowfast,
  tfjs,
  training,
  video,
};

/** Any value is an argument, or all are optional: what these give is documented. */
const TAKE_ANYTHING = new Set(
  `keyedRandom permutation dataError decodeFloat16 activationMapOf gradientOf unknownTensor valueText appendText isLabelSet isModelName modelNames defaultWeights costTable publishedTable publishedCheckpoints
   availableOnnxBackends availableTfjsBackends forgetFastestProviders registerComposedKernels decoders watchTemporaryFiles
   internalError firstLine isMediaError isNode plainError revivedError`.split(/\s+/),
);

/** Every argument may be left out. */
const TAKE_NOTHING = new Set(
  `videoClassifier videoExplainer featureExtractor liveClassifier defaultPeople timeStridedConv loadModel grey frameDifference
   actionLocaliser csn r2plus1d x3d movinet poseResnet audioResnet soundToVideo onnxRuntime openTfjsBackend tfjsRuntime`.split(
    /\s+/,
  ),
);

/** Errors, made of texts; what only this project constructs; and what takes no argument. */
const NOT_CALLED = new Set(
  `FileError MediaError RuntimeError ServerError ShapeError SlowFastError SpecError WeightError GraphBuilder TrainingModel RunQueue
   AvaTableBuilder ClassificationCounter metricsList timeStridedSample timeToChannel halfResolution`.split(
    /\s+/,
  ),
);

/** Called for each element, node, frame, box or row within a loop: a check would cost about what they do. */
const IN_LOOPS = new Set(
  `shapeText sizeOf sameShape lowerNode macsOf evaluate storedLeaves elementBytes elementDType
   decodeTensor windowSize linspaceIndices pathwayFrameIndices sidesOf crc32 csvField csvQuoted csvRows numberedLines
   checkArguments boxInFrame cropClip cropOffsets heatOf hostTensor
   resizeFrame activate npyBytes
   npzChunks temporalIou pathwayFeeds checkBoxCorners layerText channelsFirst channelsLast trainingClips soundsOf`.split(
    /\s+/,
  ),
);

/** Arguments that are schemas and their data, which the schema library judges. */
const SCHEMAS = new Set(
  'clipNumbers metadataTexts metadataValues readData readJson readMetadata readPreprocessing readYaml fileLock'.split(
    ' ',
  ),
);

const EXCEPTIONS = [TAKE_ANYTHING, NOT_CALLED, IN_LOOPS, SCHEMAS];

const functions = Object.entries(PACKAGES).flatMap(([name, exports]) =>
  Object.entries(exports)
    .filter(([, value]) => typeof value === 'function')
    .map(([key, value]) => {
      const isClass = `${value}`.startsWith('class');
      const call = (...args: unknown[]): unknown =>
        isClass ? Reflect.construct(value, args) : value(...args);
      return [`${name}: ${key}`, key, call] as const;
    }),
);

/** What a call ends in, through promises and to the first value of a generator. */
async function result(call: () => unknown): Promise<unknown> {
  const value = await call();
  const isGenerator = typeof value === 'object' && value !== null && 'next' in value;
  return isGenerator ? await (value as AsyncGenerator).next() : value;
}

const WRONG: readonly (readonly [what: string, args: readonly unknown[]])[] = [
  ['no argument', []],
  ['null', [null, null, null]],
  ['numbers', [42, 42, 42]],
];

const checked = functions.filter(([, key]) => !EXCEPTIONS.some((names) => names.has(key)));

describe.each(checked)('%s', (_, key, call) => {
  it.each(TAKE_NOTHING.has(key) ? WRONG.slice(1) : WRONG)('%s', async (__, args) => {
    await expect(result(() => call(...args))).rejects.toBeInstanceOf(core.SlowFastError);
  });
});

it('has no exception that is none', () => {
  const keys = new Set(functions.map(([, key]) => key));
  expect(EXCEPTIONS.flatMap((names) => [...names]).filter((name) => !keys.has(name))).toEqual([]);
  expect(checked.length).toBeGreaterThan(90);
});

describe('what is called on the results', () => {
  const g = core.GraphBuilder.empty('network');
  const x = g.input('x', { dtype: 'float32', shape: ['N', 2] });
  const model = { name: 'network', graph: g.build({ y: g.relu(x) }) };
  const weights = core.memoryStore([]);
  const RUNTIMES = [
    ['onnx', onnx.onnxRuntime({ threads: 1 })],
    ['tfjs', tfjs.tfjsRuntime({ backend: 'cpu' })],
  ] as const;

  it.each(RUNTIMES)('%s: compile', async (_, runtime) => {
    for (const [wrong, expected] of [
      [[], /compile: expected model to be a model \(name and graph\), received undefined\.$/],
      [[model], /compile: expected weights to be a weight store, received undefined\.$/],
      [[model, 'weights.pyth'], /received 'weights\.pyth'\.$/],
    ] as const) {
      const compile = runtime.compile as (...args: readonly unknown[]) => Promise<unknown>;
      await expect(compile(...wrong)).rejects.toThrow(expected);
    }
  });

  it.each(RUNTIMES)('%s: run', async (_, runtime) => {
    await using compiled = await runtime.compile(model, weights);
    for (const feeds of [undefined, null, 42, {}, { x: null }, { x: { shape: [1, 2] } }]) {
      await expect(compiled.run(feeds as never)).rejects.toBeInstanceOf(core.SlowFastError);
    }
  });

  it('composeModel without a head', () => {
    expect(() =>
      core.composeModel({ name: 'm', size: 32, pathways: {}, head: undefined as never }),
    ).toThrow('composeModel: expected head to be an object, received undefined.');
  });
});
