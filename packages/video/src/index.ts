export { openVideo, probe, decoders } from './video.js';
export type { DecoderAvailability } from './node/backend.js';
export type {
  CodedFrames,
  DecodeSettings,
  DecoderName,
  Fraction,
  Size,
  FramesOptions,
  MediaLimits,
  OpenOptions,
  Orientation,
  Timeline,
  Video,
  VideoFrame,
  VideoInfo,
  VideoSource,
  View,
  ViewProgress,
} from './types.js';
export { clipFrames, type ClipFrames } from './sampling/clip-frames.js';
export { evenTimeline } from './sampling/timeline.js';
export {
  resizeFrame,
  resizeMethod,
  shortSideSize,
  type PlanarImage,
  type ResizeMethod,
  type RgbImage,
} from './transform/resize.js';
export { normalise, preprocessFrame, type PixelRecipe } from './transform/normalise.js';
export { cropClip, cropOffsets, type CropOffset } from './transform/crop.js';
export { viewPlan, type ViewCounts, type ViewPlan, type ViewRecipe } from './views/plan.js';
export { viewStream, type StreamOptions } from './views/stream.js';
export { views, type ViewsOptions } from './views/views.js';
