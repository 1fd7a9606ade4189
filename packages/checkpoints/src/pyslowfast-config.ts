/** @file What a PySlowFast configuration says of a model that its weights do not show. */
import * as v from 'valibot';
import type { NonLocalOptions } from '@slowfast/backbones';
import {
  BOUNDS,
  checkArguments,
  colourDeviations,
  colourMeans,
  frameCount,
  frameRate,
  frameStride,
  readData,
  readYaml,
  schemaParts,
  side,
  WeightError,
  type Data,
  type DataOrigin,
  type Triple,
} from '@slowfast/core';
import type { CatalogOptions } from '@slowfast/models';
import { checkBuilt, type ConfigEntries } from './pyslowfast-built.js';

const { flag, listOf, oneOf, openObject, tripleOf, whole } = schemaParts;

/** The entries of a PySlowFast configuration that decide scores, as options; those it leaves out are undefined. */
export interface PySlowFastConfig extends Pick<
  CatalogOptions,
  | 'activation'
  | 'aligned'
  | 'alpha'
  | 'channelOrder'
  | 'combine'
  | 'dataset'
  | 'fps'
  | 'frames'
  | 'mean'
  | 'nonLocalPool'
  | 'nonLocalSimilarity'
  | 'pool'
  | 'resize'
  | 'size'
  | 'std'
  | 'stride'
  | 'trainCrop'
  | 'views'
> {
  /** `MODEL.ARCH`, which decides between networks of the same weights; no option of the catalog. */
  readonly arch?: string;
}

const ORIGIN: DataOrigin = { site: 'cfg', error: WeightError };

const entry = v.exactOptional;
const count = (most: number) => entry(whole(1, most));
const perStage = entry(listOf(listOf(v.unknown(), BOUNDS.pathways), 16));

const SCHEMA = openObject({
  DATA: entry(
    openObject({
      NUM_FRAMES: entry(frameCount),
      SAMPLING_RATE: entry(frameStride),
      TARGET_FPS: entry(frameRate),
      TEST_CROP_SIZE: entry(side),
      TRAIN_CROP_SIZE: entry(side),
      TRAIN_JITTER_SCALES: entry(listOf(side, 16)),
      REVERSE_INPUT_CHANNEL: entry(flag),
      MEAN: entry(colourMeans),
      STD: entry(colourDeviations),
      ENSEMBLE_METHOD: entry(oneOf('sum', 'max')),
    }),
  ),
  MODEL: entry(
    openObject({
      ARCH: entry(schemaParts.text(BOUNDS.name)),
      MODEL_NAME: entry(schemaParts.text(BOUNDS.name)),
      HEAD_ACT: entry(oneOf('softmax', 'sigmoid')),
    }),
  ),
  SLOWFAST: entry(openObject({ ALPHA: count(BOUNDS.frames) })),
  NONLOCAL: entry(
    openObject({
      LOCATION: perStage,
      POOL: perStage,
      INSTANTIATION: entry(oneOf('softmax', 'dot_product')),
    }),
  ),
  MULTIGRID: entry(
    openObject({
      SHORT_CYCLE: entry(flag),
      DEFAULT_T: entry(whole(0, BOUNDS.frames)),
      DEFAULT_S: entry(whole(0, BOUNDS.side)),
    }),
  ),
  TEST: entry(
    openObject({
      DATASET: entry(v.string('a text')),
      NUM_ENSEMBLE_VIEWS: count(BOUNDS.clips),
      NUM_SPATIAL_CROPS: entry(v.picklist([1, 3], '1 or 3')),
    }),
  ),
  DETECTION: entry(openObject({ ENABLE: entry(flag), ALIGNED: entry(flag) })),
  AVA: entry(openObject({ BGR: entry(flag) })),
});

type Entries = Data<typeof SCHEMA>;

/**
 * Reads the `cfg` that PySlowFast stores in its checkpoints. Rejects with {@link WeightError} for what is no YAML
 * and for entries that make no sense, or that ask for what is not built (docs/stored-configurations.md).
 */
export async function readPySlowFastConfig(text: string): Promise<PySlowFastConfig> {
  checkArguments('readPySlowFastConfig', { text: [text, 'string'] });
  // Caffe2's files may have an empty one.
  const root = (await readYaml(text, ORIGIN)) ?? {};
  const entries = readData(SCHEMA, root, ORIGIN);
  const isDetector = entries.DETECTION?.ENABLE === true;
  checkBuilt(root as ConfigEntries, isDetector);
  const { MODEL = {}, SLOWFAST = {}, DETECTION = {} } = entries;
  return withoutUndefined({
    ...clipOptions(entries),
    alpha: MODEL.ARCH === 'slowfast' ? SLOWFAST.ALPHA : undefined,
    channelOrder: channelOrder(entries, isDetector),
    activation: MODEL.HEAD_ACT,
    ...nonLocalOptions(entries),
    ...(isDetector ? { dataset: 'ava', aligned: DETECTION.ALIGNED } : testOptions(entries)),
    arch: archName(MODEL),
  }) as PySlowFastConfig;
}

/** Loaders that read pictures by OpenCV, or turn PyTorchVideo's colours to be as those. */
const PICTURES = /^(?:ptv)?(?:charades|ssv2)$/i;

/** The colours that the network sees: what its loader gives, turned round by the flag; AVA's loader has one of its own. */
function channelOrder(
  { DATA = {}, TEST = {}, AVA = {} }: Entries,
  isDetector: boolean,
): 'rgb' | 'bgr' | undefined {
  if (isDetector) return AVA.BGR === undefined ? undefined : AVA.BGR ? 'bgr' : 'rgb';
  const isReversed = DATA.REVERSE_INPUT_CHANNEL;
  if (isReversed === undefined) return undefined;
  return isReversed === PICTURES.test(TEST.DATASET ?? '') ? 'rgb' : 'bgr';
}

/** What has no pooling in time: by the name of the model in older files, by that of the kind in later ones. */
function archName({ ARCH, MODEL_NAME }: NonNullable<Entries['MODEL']>): string | undefined {
  if (MODEL_NAME === 'ResNet_nopool') return `${ARCH ?? ''}-nopool`;
  return ARCH === 'slow_c2d' || ARCH === 'slow_i3d' ? `${ARCH.slice(5)}-nopool` : ARCH;
}

/** In multigrid training the entries are those of the moment, and the defaults beside them. */
function clipOptions({ DATA = {}, MULTIGRID = {}, TEST = {} }: Entries) {
  return {
    frames: MULTIGRID.DEFAULT_T || DATA.NUM_FRAMES,
    stride: DATA.SAMPLING_RATE,
    // The loaders of other data sets read pictures, and no rate.
    fps: isKinetics(TEST) ? DATA.TARGET_FPS : undefined,
    size: DATA.TEST_CROP_SIZE,
    trainCrop: MULTIGRID.DEFAULT_S || DATA.TRAIN_CROP_SIZE,
    mean: DATA.MEAN,
    std: DATA.STD,
  };
}

/** Whether clips are tested by the loader of Kinetics, which reads videos. */
const isKinetics = ({ DATASET = 'kinetics' }: NonNullable<Entries['TEST']>): boolean =>
  /^(?:ptv)?kinetics$/i.test(DATASET);

/** How clips are tested: by the loader of the data set. */
function testOptions({ DATA = {}, MULTIGRID = {}, TEST = {} }: Entries) {
  const { NUM_ENSEMBLE_VIEWS: clips, NUM_SPATIAL_CROPS: crops } = TEST;
  const scale = DATA.TRAIN_JITTER_SCALES?.[0];
  // With one crop, the loader of Kinetics resizes to the smallest scale of training, and those of other data sets
  // crop at the left, which is none of the crops here: there the published protocol stays.
  const isCentre = crops === 1 && isKinetics(TEST);
  const isFollowed = crops !== 1 || isKinetics(TEST);
  const method = DATA.ENSEMBLE_METHOD;
  return {
    pool: MULTIGRID.SHORT_CYCLE === true ? ('global' as const) : undefined,
    // A sum has the ranking of a mean, which keeps probabilities.
    combine:
      method === undefined ? undefined : method === 'max' ? ('max' as const) : ('mean' as const),
    views:
      isFollowed && (clips !== undefined || crops !== undefined)
        ? withoutUndefined({ clips, crops })
        : undefined,
    resize: isCentre && scale !== DATA.TEST_CROP_SIZE ? scale : undefined,
  };
}

/** Both entries are lists of stages, each a list of pathways; only Slow has blocks in any published model. */
function nonLocalOptions({
  NONLOCAL = {},
}: Entries): Pick<PySlowFastConfig, 'nonLocalPool' | 'nonLocalSimilarity'> {
  const blocks = (NONLOCAL.LOCATION ?? []).map(([first]) =>
    Array.isArray(first) ? first.length : 0,
  );
  if (blocks.every((number) => number === 0)) return {};
  const windows = (NONLOCAL.POOL ?? [])
    .filter((_, stage) => (blocks[stage] ?? 0) > 0)
    .map(([first]) => JSON.stringify(first ?? null));
  const similarity = NONLOCAL.INSTANTIATION;
  return withoutUndefined({
    nonLocalSimilarity:
      similarity === undefined ? undefined : similarity === 'softmax' ? 'softmax' : 'dot-product',
    nonLocalPool: windows.length === 0 ? undefined : window(windows),
  });
}

const WINDOW = tripleOf(whole(1, BOUNDS.kernel), 'one window [t, h, w] for all non-local blocks');

function window(texts: readonly string[]): NonNullable<NonLocalOptions['pool']> {
  const [first = 'null', ...others] = texts;
  const sides = v.safeParse(WINDOW, JSON.parse(first));
  if (!sides.success || others.some((text) => text !== first)) {
    throw new WeightError({
      site: 'cfg: NONLOCAL.POOL',
      expected: 'one window [t, h, w] for all non-local blocks',
      received: texts.join(' and ').slice(0, 80),
    });
  }
  return sides.output.every((length) => length === 1) ? 'none' : (sides.output as Triple);
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

const withoutUndefined = <T extends object>(options: T): Defined<T> =>
  Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
