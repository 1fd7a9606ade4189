export { spatialUpsample } from './spatial-upsample.js';
export { soundToVideo } from './sound-to-video.js';
export type { SoundToVideoOptions } from './sound-to-video.js';
export { timeStridedConv } from './time-strided-conv.js';
export type { TimeStridedConvOptions } from './time-strided-conv.js';
export { timeStridedSample } from './time-strided-sample.js';
export { timeToChannel } from './time-to-channel.js';
