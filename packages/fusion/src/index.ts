export { spatialUpsample } from './spatial-upsample.js';
export { timeStridedConv } from './time-strided-conv.js';
export type { TimeStridedConvOptions } from './time-strided-conv.js';
export { timeStridedSample } from './time-strided-sample.js';
export { timeToChannel } from './time-to-channel.js';
