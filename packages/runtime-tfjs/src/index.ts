export { availableTfjsBackends, type TfjsBackendStatus } from './backends/availability.js';
export {
  type TfjsBackendChoice,
  type TfjsBackendName,
  type TfjsEngineName,
} from './backends/names.js';
export {
  openTfjsBackend,
  type OpenBackend,
  type SkippedBackend,
  type TfjsBackendOptions,
} from './backends/open-backend.js';
export type { ImportPackage } from './backends/import-package.js';
export type { WasmOptions } from './backends/start-wasm.js';
export type { TfjsCompiledModel } from './inference/compiled-model.js';
export { tfjsRuntime, type TfjsOptions, type TfjsRuntime } from './inference/tfjs-runtime.js';
export { registerComposedKernels } from './kernels/register.js';
export type { PoolOptions } from './pool/pooled-model.js';
export { channelsFirst, channelsLast } from './export/channels.js';
export { exportGraphModel } from './export/graph-model/export-graph-model.js';
export { exportLayersModel } from './export/layers-model/export-layers-model.js';
export { modelFilesHandler, tfjsMetadata, type TfjsModelFiles } from './export/model-files.js';
export type { TfjsExportOptions } from './export/prepare.js';
