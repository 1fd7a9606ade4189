/// <reference lib="esnext.disposable" preserve="true" />
// What holds resources is AsyncDisposable: whoever has these types has that one, whatever its `lib` is.
export { checkArguments, type ArgumentKind } from './arguments.js';
export {
  firstLine,
  internalError,
  isMediaError,
  MediaError,
  FileError,
  RuntimeError,
  ShapeError,
  SlowFastError,
  SpecError,
  WeightError,
  type ErrorDetails,
  type WeightMismatch,
} from './errors.js';
export {
  float32Tensor,
  hostTensor,
  sameShape,
  sizeOf,
  type DType,
  type HostTensor,
  type Shape,
  type TypedArrayOf,
} from './tensor.js';
export {
  lowerNode,
  type ActivationFunction,
  type Dim,
  type GradientOp,
  type Graph,
  type InferenceOp,
  type LoweringTable,
  type Node,
  type NodeOf,
  type OpAttrs,
  type OpKind,
  type Param,
  type TensorType,
  type Triple,
  type Value,
  type WindowAttrs,
} from './ir/types.js';
export { GraphBuilder, type BatchNormOptions, type Conv3dOptions } from './ir/builder.js';
export { isNode } from './platform.js';
export { verify } from './ir/verify.js';
export { printGraph } from './ir/print.js';
export { shapeText, type Fail } from './ops/definition.js';
export { macsOf } from './ops/table.js';
export { windowSize } from './ops/window.js';
export type {
  CompiledModel,
  ModelMetadata,
  RunnableModel,
  RunOptions,
  Runtime,
} from './runtime/runtime.js';
export { checkFeeds, namedTypes, shapesByName, type NamedType } from './runtime/feeds.js';
export { Lifetime } from './runtime/lifetime.js';
export {
  plainError,
  revivedError,
  WorkerCalls,
  type PlainError,
  type WorkerAnswer,
  type WorkerThread,
} from './runtime/worker-calls.js';
export { RunQueue } from './runtime/run-queue.js';
export { memoryStore, renamedStore, unknownTensor, type WeightStore } from './weights/store.js';
export { evaluate } from './weights/evaluate.js';
export {
  storedLeaves,
  type Expression,
  type Initializer,
  type NormExpressions,
  type ParamRole,
  type StoredExpression,
} from './ir/expression.js';
export {
  bindOptionsOf,
  bindWeights,
  checkWeights,
  checkedStore,
  requiredTensors,
  type BindOptions,
} from './weights/bind.js';
export {
  linspaceIndices,
  pathwayFrameIndices,
  type FrameRule,
  type PathwayFrames,
  SKELETON_PARTS,
  type SkeletonMaps,
  type SoundSampling,
  type Preprocessing,
  type SamplingPreset,
  type ScoreActivation,
  PREPROCESSING_KEY,
} from './model/preprocessing.js';
export type {
  AnyLateralPlace,
  Backbone,
  Head,
  Lateral,
  LateralConnection,
  LateralOf,
  LateralPlaceOf,
  Pathway,
  Pathways,
  Size,
  Stage,
  StageBlocks,
  StageOf,
  TapOf,
} from './model/parts.js';
export type { InputsOf } from './model/inputs-of.js';
export { sidesOf, type FeatureInfo, type Model } from './model/model.js';
export { clipInputGraph } from './model/clip-input.js';
export { composeModel, type ModelSpec } from './model/compose.js';
export { nearestNames } from './model/nearest.js';
export { fieldsOf, type AxisField, type Extent, type Field } from './cost/field.js';
export {
  graphCost,
  peakBytes,
  type Cost,
  type GraphCost,
  type NodeCost,
} from './cost/graph-cost.js';
export { dynamicSize, type DynamicSizeOptions } from './passes/dynamic-size.js';
export { prune, type PruneOptions } from './passes/prune.js';
export { gradient, gradientOf, type GradientOptions } from './autodiff/gradient.js';
export { activationMapOf, CLASS_INPUT, classActivationModel } from './autodiff/class-activation.js';
export {
  trainingForm,
  type BatchStatistics,
  type DropoutMask,
  type TrainingForm,
  type TrainingFormOptions,
} from './autodiff/training-form.js';
export { permutation } from './random/permutation.js';
export { residualBlocks, type UnitOf } from './autodiff/recompute.js';
export { splitFrozen, type SplitNetwork } from './autodiff/split-frozen.js';
export { prepareForInference, runPasses, type Pass } from './passes/pipeline.js';
export {
  describeModel,
  type LateralDescription,
  type ModelDescription,
  type StageDescription,
} from './model/describe.js';
export { initialWeights, type InitialWeightsOptions } from './weights/initialize.js';
export {
  blobSource,
  bytesSource,
  sourceRange,
  type BlobLike,
  type BlobPart,
  type ByteSink,
  type ByteSource,
} from './weights/byte-source.js';
export {
  decodeFloat16,
  decodeTensor,
  elementBytes,
  elementDType,
  type ElementFormat,
} from './weights/safetensors-elements.js';
export {
  looksLikeSafetensors,
  readSafetensors,
  type TypedWeightStore,
} from './weights/safetensors-read.js';
export {
  writeSafetensors,
  type AbortLike,
  type SafetensorsOptions,
} from './weights/safetensors-write.js';
export { fileSource, fileText, type FileTextOptions } from './files/file-source.js';
export { fileLock, type FileLock, type FileLockOptions } from './files/file-lock.js';
export { keyedRandom } from './random/keyed-random.js';
export {
  appendText,
  replaceFile,
  UNFINISHED,
  writeFileAtomic,
  writeTextAtomic,
  type ReplacementPlace,
  watchTemporaryFiles,
  type TemporaryFileListener,
} from './files/write-file.js';
export { LUMA } from './model/luma.js';
export {
  csvField,
  csvQuoted,
  csvRows,
  csvRowsOf,
  numberedLines,
  type CsvOptions,
  type CsvRow,
  type TextChunks,
} from './text/csv.js';
export { BOUNDS } from './schema/bounds.js';
export {
  dataError,
  readData,
  readJson,
  valueText,
  type Data,
  type DataOrigin,
} from './schema/read.js';
export * as schemaParts from './schema/parts.js';
export {
  clipNumbers,
  colourDeviations,
  colourMeans,
  frameCount,
  frameRate,
  frameStride,
  heightAndWidth,
  readPreprocessing,
  soundSchema,
  side,
  viewCounts,
  anyCrops,
  type SchemaFields,
} from './schema/preprocessing.js';
export {
  labelsSchema,
  METADATA_KEYS,
  metadataTexts,
  metadataValues,
  readMetadata,
} from './schema/metadata.js';
export {
  inputFields,
  fastInputName,
  lateralName,
  lossKind,
  multigridKind,
  networkConfigSchema,
  networkFields,
  share,
  sides,
  type NetworkConfig,
} from './schema/network-config.js';
export { readYaml } from './schema/yaml.js';
