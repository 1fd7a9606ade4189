// Networks as PyTorch programs.
export { pytorchModel, type NamedGraph } from './network/model-file.js';
export { torchCheckpoint, type TorchCheckpointOptions } from './archive/checkpoint.js';
export type { Pickled, PickledTensor } from './archive/pickle.js';
export { METADATA_ENTRY, writeProgram, type Program, type ProgramClip } from './program.js';
export type { ProgramTraining } from './training.js';
export { pySlowFastConfig, writePySlowFast, type PySlowFastModel } from './pyslowfast/export.js';
