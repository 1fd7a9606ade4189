/**
 * @file What the shapes of a network cannot show but its scores depend on: how clips are sampled,
 * normalised and cropped, and how the scores of several views become one answer. Plain JSON data: it
 * travels inside weight files and exported models.
 */

/** Under which key files of weights and exported models keep their {@link Preprocessing}, as JSON. */
export const PREPROCESSING_KEY = 'slowfast.preprocessing';

/** Whose rules decide clip positions, frame indices, resizing and crop offsets. */
export type SamplingPreset = 'pytorchvideo' | 'pyslowfast' | 'mmaction2' | 'custom';

/**
 * Which frames of the raw clip a pathway with fewer frames gets. `linspace`: T' equally spaced frames
 * from the first to the last, truncated (PySlowFast, PyTorchVideo: 0, 10, 20, 31 of 32);
 * `stride`: every α-th from the first (mmaction2, gluon-cv: 0, 8, 16, 24).
 */
export type FrameRule = 'linspace' | 'stride';

/** What a pathway takes of the raw clip. */
export interface PathwayFrames {
  /** T, and the rule that picks the frames. */
  readonly frames: number;
  readonly rule: FrameRule;
  /**
   * `flow`: optical flow between the frames in their place, along x and y; `sound`: the spectrogram of the clip's sound,
   * whose frames are not the clip's ({@link Preprocessing.sound}); `pose`: heat maps of the people's skeletons
   * ({@link Preprocessing.skeleton}). Default: the frames' colours.
   */
  readonly input?: 'flow' | 'sound' | 'pose';
}

/**
 * How a clip is heard: a spectrogram of mel frequencies around the clip's middle, in the natural logarithm, normalised.
 * Its frames are power spectra of a Hann window without padding, its filters librosa's of HTK's scale, of equal area.
 */
export interface SoundSampling {
  /** Samples a second that sound is brought to, as one channel. */
  readonly rate: number;
  /** Samples of a window, and from one to the next. */
  readonly window: number;
  readonly hop: number;
  /** Frames and frequencies of a spectrogram. */
  readonly frames: number;
  readonly mels: number;
  /** Of the logarithm. */
  readonly mean: number;
  readonly std: number;
}

/**
 * How the skeletons of people become a clip of heat maps, one channel a joint or limb of COCO's 17 (PoseC3D): frames are
 * drawn from equal parts of the whole video, and the square around all people of a clip is brought to `resize` and `crop`.
 * Of two crops a clip the second is its mirror image.
 */
export interface SkeletonMaps {
  readonly parts: 'joints' | 'limbs';
  /** Standard deviation of the spread around a joint or limb, in pixels of the map. */
  readonly sigma: number;
  /** What the box around the people is enlarged by, as a part of it. */
  readonly padding: number;
}

/** Channels of a clip of heat maps: the joints of a body, and as many limbs. */
export const SKELETON_PARTS = 17;

/** The function that makes scores out of what the network returns, if the network does not hold it. */
export type ScoreActivation = 'softmax' | 'sigmoid' | 'none';

/** Everything about a trained model that shapes cannot show. */
export interface Preprocessing {
  /** The raw clip: frames, distance between them in raw frames, and the frame rate that this assumes. */
  readonly clip: {
    readonly frames: number;
    readonly stride: number;
    readonly fps: number;
    /**
     * Whether frames are the middles of as many equal parts of the whole video, whatever its length and rate
     * (Something-Something V2), and not a piece of it; all clips are the same then. Default false.
     */
    readonly segments?: boolean;
  };
  readonly sampling: SamplingPreset;
  /** What each pathway takes of the raw clip, by pathway. */
  readonly pathways: Readonly<Record<string, PathwayFrames>>;
  /** Short side of the frame after resizing, and side of the square crop, in pixels, at test time. */
  readonly resize: number;
  readonly crop: number;
  /**
   * Height and width that frames are resized to as they are, whatever their aspect ratio, in place of
   * `resize` and `crop`; for models whose input is not square. There is one crop then: the whole frame.
   */
  readonly stretch?: readonly [height: number, width: number];
  /** Per channel, on the 0..1 scale, in the order of `channelOrder`. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  readonly channelOrder: 'rgb' | 'bgr';
  /** How clips are heard, where a pathway's input is `sound`. */
  readonly sound?: SoundSampling;
  /** How skeletons are drawn, where a pathway's input is `pose`. */
  readonly skeleton?: SkeletonMaps;
  /** Activation still to be applied to the network's output before views are combined. */
  readonly activation: ScoreActivation;
  /** The published protocol: clips in time × crops in space, and how their scores become one. */
  readonly views: {
    readonly clips: number;
    readonly crops: number;
    readonly combine: 'mean' | 'sum' | 'max';
  };
  /** Name of the label set (`kinetics400`), if there is one. */
  readonly labels?: string;
}

/**
 * Indices of the frames that a pathway of `frames` frames takes from a raw clip of `clipFrames`.
 * `linspace` follows torch in float32 (symmetric from both ends), then truncates.
 */
export function pathwayFrameIndices(
  clipFrames: number,
  frames: number,
  rule: FrameRule,
): readonly number[] {
  if (frames === clipFrames) return Array.from({ length: frames }, (_, i) => i);
  if (rule === 'stride') {
    const stride = Math.floor(clipFrames / frames);
    return Array.from({ length: frames }, (_, i) => i * stride);
  }
  return linspaceIndices(clipFrames - 1, frames);
}

/** `torch.linspace(0, end, count).long()`: float32 arithmetic, symmetric about the middle, truncated. */
export function linspaceIndices(end: number, count: number): readonly number[] {
  if (count === 1) return [0];
  const step = Math.fround(end / (count - 1));
  return Array.from({ length: count }, (_, i) =>
    Math.trunc(
      i < count / 2
        ? Math.fround(step * i)
        : Math.fround(end - Math.fround(step * (count - 1 - i))),
    ),
  );
}
