// Weight files of every model zoo, in and out.
export { openCheckpoint } from './open-checkpoint.js';
export type { Checkpoint, CheckpointContainer } from './open-checkpoint.js';
export { loadCheckpoint } from './load-checkpoint.js';
export type { LoadOptions, LoadedCheckpoint } from './load-checkpoint.js';
export { describeWeights, inspectWeights } from './inspect-weights.js';
export type { InferredLateral, InferredPathway, InferredWeights } from './inspect-weights.js';
export { ZOOS, detectZoo, fromZooName, toZooName, zooLayout } from './zoo-names.js';
export type { ZooLayout } from './zoo-names.js';
export type { Zoo } from './zoo-grammars.js';
export { fileSource, writeFileAtomic } from './file-source.js';
