export { exportOnnx, onnxBytes, type OnnxExportOptions } from './export/export-onnx.js';
export { forgetFastestProviders, type ProviderChoice } from './fastest/stored-choices.js';
export { calibrate, type CalibrateOptions } from './int8/calibrate.js';
export {
  calibrationSchema,
  checkCalibration,
  type Calibration,
  type ValueRange,
} from './int8/calibration.js';
export {
  layerText,
  planLowering,
  type FrameBlocks,
  type LayerLowering,
  type Lowering,
  type LoweringPlan,
} from './lowering/plan.js';
export type { Precision } from './lowering/stored-weights.js';
export { availableOnnxBackends, type OnnxBackendStatus } from './session/availability.js';
export type { ImportModule, OnnxBackendChoice, OnnxProvider } from './session/backend.js';
export type { OnnxCompiledModel } from './session/compiled-model.js';
export { onnxOfGraphModel, type GraphModelFiles } from './graph-model/convert.js';
export type { ModelCache } from './session/model-cache.js';
export { loadOnnx, type LoadOnnxOptions } from './session/load-onnx.js';
export type { OnnxSessionOptions } from './session/compile-onnx.js';
export { onnxRuntime, type OnnxOptions, type OnnxRuntime } from './session/onnx-runtime.js';
export type { Skipped, SessionOptions } from './session/open-session.js';
export type { TritonOptions } from './triton/triton-config.js';
export {
  tritonRepository,
  type TritonFile,
  type TritonRepositoryOptions,
} from './triton/triton-repository.js';
export type { MeasuredLowering } from './tuning/measure-layer.js';
export {
  tunePlan,
  type TunedPlan,
  type TuningOptions,
  type TuningTarget,
} from './tuning/tune-plan.js';
