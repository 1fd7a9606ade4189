/** @file How clips are made for training. */
import { checkArguments, SpecError, type Preprocessing, type SoundSampling } from '@slowfast/core';
import type { OpenOptions } from '../types.js';

/** Strength of colour jitter: factors are drawn from 1 − strength to 1 + strength; 0 for none. */
export interface ColourJitter {
  /** All values are multiplied. */
  readonly brightness?: number;
  /** Values move from or to the frame's mean grey. */
  readonly contrast?: number;
  /** Values move from or to the pixel's grey. */
  readonly saturation?: number;
}

/** How a clip is made; all of it plain data. */
export interface AugmentOptions {
  /** Frames, distance in raw frames, and the frame rate that it assumes. */
  readonly clip: Preprocessing['clip'];
  /** Whose rule picks the frames of a clip once its start is drawn; default `pyslowfast`. */
  readonly sampling?: Preprocessing['sampling'];
  /** Side of the square crop in pixels, or height and width. */
  readonly crop: number | readonly [height: number, width: number];
  /**
   * Size of the frame over that of the crop, drawn anew for each clip: `[256 / 224, 320 / 224]` by default,
   * the published jitter of the short side in [256, 320] for crops of 224. `[1, 1]`: none.
   */
  readonly scale?: readonly [least: number, most: number];
  /** Draw 1 / scale uniformly in place of the scale, as Slow-only networks were trained; default false. */
  readonly inverseScale?: boolean;
  /**
   * `keep` (default): the frame covers the scaled crop, its sides in their ratio. `stretch`: it becomes the
   * scaled crop, whatever its ratio, where that would give the class away.
   */
  readonly aspect?: 'keep' | 'stretch';
  /**
   * Factor on width over height, drawn evenly in its logarithm and anew for each clip, as PySlowFast's
   * `TRAIN_JITTER_ASPECT_RELATIVE`; the frame still covers the crop. Default `[1, 1]`: none.
   */
  readonly ratio?: readonly [least: number, most: number];
  /**
   * Factor on the distance between frames, drawn evenly in its logarithm and anew for each clip: above 1,
   * what is seen goes faster. Default `[1, 1]`: none. Not for rules that take frames by their number.
   */
  readonly speed?: readonly [least: number, most: number];
  /** Mirror every other clip at random; default true. Not for classes such as 'left to right'. */
  readonly flip?: boolean;
  /** Default: none. */
  readonly colour?: ColourJitter;
  /** Per channel, on the 0..1 scale; default 0.45. */
  readonly mean?: Preprocessing['mean'];
  /** Per channel, on the 0..1 scale; default 0.225. */
  readonly std?: Preprocessing['std'];
  /** Default `rgb`. */
  readonly channelOrder?: Preprocessing['channelOrder'];
  /** How clips are heard, for a model that hears; the sound is that around the clip's middle. Default: not at all. */
  readonly sound?: SoundSampling;
  /**
   * `full` (default): frames are kept as decoded. `scaled`: larger ones are resized once to the largest size
   * that the jitter can ask for, so that many more fit into the cache. The clips differ a little between both.
   */
  readonly store?: 'full' | 'scaled';
}

/** Options of augmenting with nothing left open. */
export type Augmentation = Omit<Required<AugmentOptions>, 'crop' | 'colour' | 'sound'> & {
  readonly sound?: SoundSampling;
  readonly crop: readonly [height: number, width: number];
  readonly colour: Required<ColourJitter>;
};

/** How training clips are loaded. */
export interface TrainingClipsOptions extends AugmentOptions {
  /** Decides every random number; default 0. */
  readonly seed?: number;
  /** Whether each epoch has its own random order (default), or the list's. */
  readonly shuffle?: boolean;
  /** Threads that decode and augment; default one less than the cores, at most 4. 0: this thread. */
  readonly workers?: number;
  /** Clips made ahead of the one in use, beside those in the making; default 4. */
  readonly prefetch?: number;
  /** Memory for decoded frames in bytes; default 1 GiB. 0: every clip is decoded anew. */
  readonly cacheBytes?: number;
  /** How videos are opened; those that are kept as pictures have the frame rate of `clip`, unless it is said here. */
  readonly open?: Omit<OpenOptions, 'signal'>;
  /** Stops everything. */
  readonly signal?: AbortSignal;
  /** Called once for each video that cannot be used; its clips are left out. */
  readonly onBroken?: (broken: BrokenVideo) => void;
  /** The compiled `training-worker.js`, where this package does not run compiled or a bundler has moved it. */
  readonly workerUrl?: URL;
}

/** A video that cannot be used. */
export interface BrokenVideo {
  /** Its path. */
  readonly path: string;
  /** Its line in the list. */
  readonly line: number;
  /** Why. */
  readonly error: Error;
}

const DEFAULTS = {
  sampling: 'pyslowfast',
  scale: [256 / 224, 320 / 224],
  inverseScale: false,
  aspect: 'keep',
  ratio: [1, 1],
  speed: [1, 1],
  flip: true,
  mean: [0.45, 0.45, 0.45],
  std: [0.225, 0.225, 0.225],
  channelOrder: 'rgb',
  store: 'full',
} as const satisfies Omit<Required<AugmentOptions>, 'clip' | 'crop' | 'colour' | 'sound'>;

const NO_COLOUR: Required<ColourJitter> = { brightness: 0, contrast: 0, saturation: 0 };

/**
 * Fills in the defaults of how clips are made.
 *
 * @throws SpecError for a crop, scale, deviation or strength that makes no sense.
 */
export function augmentation(options: AugmentOptions): Augmentation {
  checkArguments('augmentation', { options: [options, 'object'] });
  checkArguments('augmentation', { clip: [options.clip, 'object'] });
  const { crop, colour, sound } = options;
  const { clip } = options;
  const filled = { ...DEFAULTS, ...options };
  const { sampling, scale, inverseScale, aspect, ratio, speed } = filled;
  const { flip, mean, std, channelOrder, store } = filled;
  const sides: readonly [number, number] = typeof crop === 'number' ? [crop, crop] : crop;
  const check = (site: string, expected: string, good: boolean, received: unknown): void => {
    if (good) return;
    throw new SpecError({ site, expected, received: JSON.stringify(received) });
  };
  const whole = (value: number): boolean => Number.isInteger(value) && value > 0;
  check('clip.frames', 'a positive integer', whole(clip.frames), clip.frames);
  check('clip.stride', 'a positive integer', whole(clip.stride), clip.stride);
  check('clip.fps', 'a positive frame rate', clip.fps > 0, clip.fps);
  check('crop', 'one or two positive integers', sides.length === 2 && sides.every(whole), crop);
  const [least, most] = scale;
  check(
    'scale',
    'two factors from 1 up, the least first',
    least >= 1 && most >= least && Number.isFinite(most),
    scale,
  );
  const range = ([from, to]: readonly [number, number]): boolean =>
    from > 0 && to >= from && Number.isFinite(to);
  check('ratio', 'two factors above 0, the least first', range(ratio), ratio);
  check('speed', 'two factors above 0, the least first', range(speed), speed);
  const isByNumber = sampling === 'mmaction2' || clip.segments === true;
  const isVaried = speed[0] !== 1 || speed[1] !== 1;
  if (sound && isVaried) {
    throw new SpecError({
      site: 'speed',
      expected: '[1, 1] where clips are heard, since sound is not made faster or slower',
      received: JSON.stringify(speed),
    });
  }
  if (isByNumber && isVaried) {
    throw new SpecError({
      site: 'speed',
      expected: '[1, 1] where frames are taken by their number',
      received: JSON.stringify(speed),
      remedy: 'Leave it out, or sample by time (pyslowfast, pytorchvideo, custom)',
    });
  }
  check(
    'std',
    'positive numbers',
    std.every((value) => value > 0),
    std,
  );
  const strengths = { ...NO_COLOUR, ...colour };
  for (const [name, strength] of Object.entries(strengths)) {
    check(`colour.${name}`, 'a strength from 0 to 1', strength >= 0 && strength <= 1, strength);
  }
  const resolution = { clip, sampling, scale, inverseScale, aspect, ratio, speed, flip, mean, std };
  return {
    ...{ ...resolution, channelOrder, store, crop: sides, colour: strengths },
    ...(sound ? { sound } : {}),
  };
}
