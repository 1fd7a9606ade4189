export { inferenceServer, type InferenceServer } from './server.js';
export type {
  ClassifyFunction,
  DetectFunction,
  FeaturesFunction,
  ServedPrediction,
  ServerOptions,
  VideoCall,
} from './options.js';
export type { BatchingOptions } from './batching/batcher.js';
export type { Lookup, RemoteVideos } from './videos/remote-video.js';
export { isPublicAddress } from './videos/public-address.js';
