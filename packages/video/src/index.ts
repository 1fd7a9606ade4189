export { openVideo, probe, decoders, writeVideo, liveFrames } from './video.js';
export type { WriteVideoOptions } from './node/write-video.js';
export type { DecoderAvailability } from './node/backend.js';
export type {
  CodedFrames,
  Decoding,
  DecodeSettings,
  DecoderName,
  Fraction,
  Size,
  FramesOptions,
  SoundOptions,
  SoundPiece,
  MediaLimits,
  OpenOptions,
  Orientation,
  PictureSequence,
  Timeline,
  Video,
  VideoFrame,
  VideoInfo,
  VideoInput,
  VideoSource,
  View,
  ViewProgress,
} from './types.js';
export { clipFrames, type ClipFrames } from './sampling/clip-frames.js';
export {
  resizeFrame,
  shortSideSize,
  type PlanarImage,
  type ResizeMethod,
  type RgbImage,
} from './transform/resize.js';
export { LIMBS, SKELETON_NUMBERS, type Skeleton } from './skeleton/body.js';
export { heatMaps } from './skeleton/heat-maps.js';
export {
  skeletonFrames,
  skeletonViews,
  type SkeletonPreprocessing,
  type SkeletonSequence,
  type SkeletonViewCounts,
} from './skeleton/skeleton-views.js';
export {
  skeletonClip,
  type SkeletonClip,
  type SkeletonClipOptions,
} from './skeleton/training-skeletons.js';
export { logMelSpectrogram, soundSamples, type Spectrogram } from './sound/log-mel.js';
export { frameSize, preprocessFrame, type PixelPreprocessing } from './transform/normalise.js';
export { cropClip, cropOffsets, type CropOffset } from './transform/crop.js';
export { viewPlan, type ViewCounts, type ViewPlan, type ViewPreprocessing } from './views/plan.js';
export { viewStream, type StreamOptions } from './views/stream.js';
export { views } from './views/views.js';
export type { ViewsOptions } from './views/video-plan.js';
export { AVA_FIRST_SECOND, keyFrameClip } from './sampling/key-frame.js';
export { boxInFrame, type Box, type BoxTransform } from './transform/boxes.js';
export type { KeyFrameView } from './views/key-frame-stream.js';
export { keyFrameViews, type KeyFrameOptions } from './views/key-frames.js';
export { clipInput, type ClipList, type ListedClip, type ListedFrame } from './lists/clip-list.js';
export { checkLabels, type PathLabelOptions } from './lists/path-labels.js';
export { type KineticsCsvOptions } from './lists/kinetics-csv.js';
export { parseClipList, type ClipListFormat, type ParseListOptions } from './lists/parse-list.js';
export {
  filesOfVideo,
  omissionText,
  videoFiles,
  type Omissions,
  type VideoFiles,
} from './lists/video-files.js';
export { parseClassNames } from './lists/class-names.js';
export { readClipList, type ReadListOptions } from './lists/read-list.js';
export {
  trainingClips,
  type CacheUse,
  type EpochOptions,
  type TrainingClip,
  type TrainingClips,
} from './training/training-clips.js';
export type { ClipShape } from './training/clip-shape.js';
export { augmentation } from './training/options.js';
export type {
  AugmentOptions,
  Augmentation,
  BrokenVideo,
  ColourJitter,
  TrainingClipsOptions,
} from './training/options.js';
export {
  checkClipList,
  type CheckListOptions,
  type ClipProblem,
  type ClipProblemKind,
  type ListCheck,
  type Spread,
} from './lists/check-list.js';
export {
  slidingWindows,
  type SlidingWindow,
  type SlidingWindowOptions,
} from './sampling/sliding-windows.js';
export {
  LiveClips,
  type LiveClip,
  type LiveClipOptions,
  type LiveFrame,
} from './live/live-clips.js';
export type { LiveSourceOptions } from './node/live-source.js';
export type { LiveInput, WebFrame, WebStream, WebVideoElement } from './live/live-input.js';
