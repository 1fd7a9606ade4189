/** @file Networks as PyTorch programs. */
export { pytorchModel, type NamedGraph } from './network/model-file.js';
export { torchCheckpoint, type TorchCheckpointOptions } from './archive/checkpoint.js';
export type { Pickled, PickledTensor } from './archive/pickle.js';
