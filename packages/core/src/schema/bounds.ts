/** @file The most that data from a file may ask for: every schema takes its upper bounds from here. */

/** Upper bounds; lengths are counts of characters or of entries. */
export const BOUNDS = {
  /** Frames of a raw clip, or of a pathway. */
  frames: 4096,
  /** Distance between frames, in frames of the video. */
  stride: 4096,
  /** Frames a second. */
  fps: 1000,
  /** A side of a frame or a crop, in pixels. */
  side: 8192,
  /** Numbers in a raw clip: 2 GiB of float32, 30 times those of 64 frames at 256 x 256. */
  clipNumbers: 2 ** 29,
  /** Samples of sound a second, of a window of it, of all windows of a clip, and mel frequencies. */
  sampleRate: 384_000,
  soundWindow: 8192,
  soundSamples: 2 ** 22,
  mels: 1024,
  /** Spread of a heat map, in pixels. */
  sigma: 64,
  /** Clips in time of one video. */
  clips: 10_000,
  /** Pathways of a network. */
  pathways: 16,
  /** Channels of a stem. */
  width: 4096,
  /** Frames of a temporal kernel. */
  kernel: 255,
  /** Classes of a classifier. */
  classes: 100_000,
  /** Names of models, values and parts. */
  name: 256,
  /** Names of classes, paths, and other lines of text. */
  line: 4096,
  /** A whole entry of metadata, or a file of JSON. */
  json: 1 << 24,
  /** A file or an entry of YAML. */
  yaml: 1 << 16,
} as const;
