export {
  batchOf,
  BatchReader,
  type ClipBatch,
  type ClipSource,
  type ClipTensors,
  type EpochOptions,
  type SourceClip,
} from './clip-source.js';
export { lossOf, topOneHits, type Loss, type LossKind, type LossOptions } from './losses.js';
export { mixup, type Targeted } from './mixup.js';
export {
  multigrid,
  type ClipShape,
  type GridPhase,
  type GridShape,
  type Multigrid,
  type MultigridKind,
  type MultigridOptions,
} from './multigrid/multigrid.js';
export {
  runPlan,
  type EpochPlan,
  type RunPlan,
  type RunPlanOptions,
  type StepPlan,
} from './multigrid/run-plan.js';
export { scheduleOf, type Schedule, type ScheduleOptions } from './schedule.js';
export { adamW, type AdamWOptions } from './optimizers/adamw.js';
export type { Optimizer } from './optimizers/optimizer.js';
export { sgd, type SgdOptions } from './optimizers/sgd.js';
export {
  TrainingModel,
  trainingModel,
  type Feeds,
  type LossAndGradients,
} from './training-model.js';
export type { DropPathway, TrainingOptions } from './training-options.js';
export type { LossGraph } from './loss-graph.js';
export { frozenParts, type Freeze } from './freeze.js';
export type { MemoryLimit } from './memory-limit.js';
export { layerRates, type LayerRates } from './layer-rates.js';
export type { PartNames, TrainingParameter } from './parameters.js';
export {
  clippedGradients,
  gradientNorm,
  meanGradients,
  type Gradients,
} from './optimizers/gradients.js';
export { weightAverage, type WeightAverage } from './weight-average.js';
export { preciseStatistics, type PreciseOptions } from './precise-batch-norm.js';
export {
  readCheckpoint,
  writeCheckpoint,
  type Checkpoint,
  type Progress,
} from './checkpoints/checkpoint.js';
export { runFolder, type FoundCheckpoint, type RunFolder } from './checkpoints/run-folder.js';
export {
  metricsFile,
  metricsList,
  type EpochRecord,
  type EvaluationRecord,
  type MetricsLog,
  type MetricsRecord,
  type Moment,
  type StepRecord,
} from './metrics.js';
export { trainingStep, type StepResult, type StepSetup } from './training-step.js';
export type {
  Evaluation,
  EvaluationPlan,
  TrainingProgress,
  TrainOptions,
  TrainResult,
} from './train-options.js';
export { train } from './trainer.js';
export {
  bytesOf,
  parseTrainingConfig,
  trainingConfigSchema,
  type TrainingConfig,
} from './config/training-config.js';
export {
  fineTuneWeights,
  plainInitialWeights,
  type FineTuneWeights,
  type NewParameter,
} from './head-swap.js';
export {
  evaluateVideos,
  type EvaluateOptions,
  type EvaluationVideo,
  type VideoScores,
} from './evaluation.js';
export { trainingReport, type ReportOptions, type WorstClip } from './report/report.js';
export {
  frozenFeatures,
  type FrozenFeatures,
  type FrozenFeaturesOptions,
} from './probe/frozen-features.js';
export { featureFile, type FeatureFile, type FeatureFileOptions } from './probe/feature-file.js';
