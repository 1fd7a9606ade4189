// Weight files of every model zoo, in and out.
export { crc32 } from './containers/zip.js';
export { openCheckpoint } from './containers/open-checkpoint.js';
export { readPickledData, type PickledArray, type PickledData } from './containers/pickled-data.js';
export type { Checkpoint, CheckpointContainer } from './containers/open-checkpoint.js';
export { loadCheckpoint } from './load-checkpoint.js';
export type { LoadOptions, LoadedCheckpoint } from './load-checkpoint.js';
export { describeWeights } from './inspect-weights.js';
export type { InferredLateral, InferredPathway, InferredWeights } from './inspect-weights.js';
export { detectZoo, fromZooName, toZooName, zooLayout } from './names/zoo-names.js';
export type { ZooLayout } from './names/zoo-names.js';
export type { Trunk } from './names/name-template.js';
export type { Zoo } from './names/zoo-grammars.js';
export {
  loadModel,
  type LoadedModel,
  type LoadModelOptions,
  type ModelEntry,
} from './load-model.js';
export { NETWORK_METADATA_KEY, type NetworkDescription } from './trained-weights.js';
export {
  checkedOptions,
  TRAINED_METADATA_KEY,
  WEIGHTS_METADATA_KEY,
  type StoredOptions,
} from './stored-options.js';
export { readPySlowFastConfig, type PySlowFastConfig } from './pyslowfast-config.js';
export { archOf } from './fitting-model.js';
