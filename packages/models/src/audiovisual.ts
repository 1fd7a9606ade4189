/** @file Audiovisual SlowFast (Xiao et al. 2020): Slow, Fast, and a pathway over spectrograms. */
import { audioResnet, type ResnetDepth } from '@slowfast/backbones';
import {
  checkArguments,
  composeModel,
  type Model,
  type Preprocessing,
  type SoundSampling,
} from '@slowfast/core';
import { soundToVideo } from '@slowfast/fusion';
import { classificationHead } from '@slowfast/heads';
import {
  LATERAL_STAGES,
  slowAndFast,
  type FastToSlow,
  type LateralStage,
  type ResnetPathway,
  type SlowFastNetworkOptions,
} from './networks.js';

/** The three pathways of an audiovisual SlowFast network. */
export type AudiovisualPathways = Readonly<Record<'slow' | 'fast' | 'audio', ResnetPathway>>;

/** An audiovisual SlowFast network. */
export type AudiovisualModel = Model<
  AudiovisualPathways,
  'scores',
  'slow' | 'fast' | 'audio',
  FastToSlow | `audio->slow.${LateralStage}`
>;

/** Options of {@link audiovisualNetwork}. */
export interface AudiovisualNetworkOptions extends Omit<
  SlowFastNetworkOptions,
  'regions' | 'headOrder'
> {
  /** Depth of the Audio pathway; default that of Slow. */
  readonly audioDepth?: ResnetDepth;
  /** Channels of Audio over those of Slow; default 1/2. */
  readonly audioBeta?: number;
  /** Frames and frequencies of a spectrogram; default {@link SOUND}'s. */
  readonly sound?: Pick<SoundSampling, 'frames' | 'mels'>;
}

/**
 * How the paper's models hear: spectrograms of 80 mel frequencies, 128 frames of 32 ms every 16 ms around the middle of the
 * clip, as PySlowFast's own code for them makes them; mean and deviation are those that are in use for Kinetics.
 */
export const SOUND: SoundSampling = {
  rate: 16_000,
  window: 512,
  hop: 256,
  frames: 128,
  mels: 80,
  mean: -7.03,
  std: 4.66,
};

/**
 * An audiovisual SlowFast network (Xiao et al. 2020): after the stem, res2, res3 and res4 sound is added to Slow, with what
 * Fast has brought to it. The classifier reads the mean of each pathway. Throws what `slowFastNetwork` does.
 *
 * @example
 * const model = audiovisualNetwork({ ...slowFast, name: 'with-sound' });
 */
export function audiovisualNetwork(options: AudiovisualNetworkOptions): AudiovisualModel {
  checkArguments('audiovisualNetwork', { options: [options, 'object'] });

  const { name, size, depth, frames, stride, width } = options;
  const { audioDepth = depth, audioBeta = 1 / 2, sound = SOUND } = options;
  const { pathways, laterals } = slowAndFast(options);
  const audio: ResnetPathway = {
    backbone: audioResnet({ depth: audioDepth, width: width * audioBeta }),
    frames: sound.frames,
    temporalStride: (frames * stride) / sound.frames,
    channels: 1,
    size: [1, sound.mels],
  };
  const via = soundToVideo();
  return composeModel({
    name,
    size,
    pathways: { ...pathways, audio },
    laterals: [
      ...laterals,
      { from: 'audio', to: 'slow', after: LATERAL_STAGES, via, merge: 'sum' },
    ],
    // Windows of the pictures' size do not fit spectrograms.
    head: classificationHead({
      ...options.head,
      pathways: ['slow', 'fast', 'audio'],
      pool: 'global',
    }),
  });
}

/** What pathways take of the raw clip, and how the audio pathway hears it. */
export function withSound(
  preprocessing: Preprocessing,
  sound: SoundSampling = SOUND,
): Preprocessing {
  const { audio } = preprocessing.pathways;
  if (!audio) return preprocessing;
  return {
    ...preprocessing,
    pathways: { ...preprocessing.pathways, audio: { ...audio, input: 'sound' } },
    sound,
  };
}
