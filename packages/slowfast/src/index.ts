export {
  serverClient,
  type ClassifyRequest,
  type DetectRequest,
  type FeaturesRequest,
  type InferOptions,
  type ServedClassification,
  type ServedDetection,
  type ServedFeatures,
  type ServedModel,
  type ServedTensor,
  type ServerClient,
  type ServerClientOptions,
  type VideoRequest,
} from './client/server-client.js';
export { ServerError } from './client/server-error.js';
export type { NamedTensors, TensorRequest } from './client/tensor-request.js';
export type { VideoProgress, VideoSource, VideoTask } from './client/video-task.js';
export {
  videoClassifier,
  type Classification,
  type ClassifierOptions,
  type ClassifyOptions,
  type VideoClassifier,
} from './classify/video-classifier.js';
export type {
  FilesFunction,
  FilesOptions,
  Many,
  Results,
  VideoFile,
  VideoFiles,
  VideoInput,
} from './classify/files.js';
export type { Clip } from './classify/score-clip.js';
export type { VideoScores } from './classify/score-video.js';
export type { ViewNumbers, ViewText } from './classify/view-numbers.js';
export {
  actionDetector,
  type ActionDetector,
  type DetectActionsOptions,
  type Detection,
  type DetectorOptions,
} from './detect/action-detector.js';
export type {
  DetectedAction,
  DetectedFrame,
  DetectedPerson,
  FindPeople,
} from './detect/detection.js';
export type { KeyFrameDistance } from './detect/key-times.js';
export type { Keypoint } from './detect/keypoints.js';
export {
  defaultPeople,
  peopleDetector,
  peopleOfFile,
  type DefaultPeopleOptions,
  type People,
  type PeopleFileOptions,
  type PeopleOrigin,
  type PersonDetectorOptions,
} from './detect/people.js';
export type { PersonBox } from './detect/person-box.js';
export {
  videoExplainer,
  type ClipExplanation,
  type Explanation,
  type ExplainerOptions,
  type ExplainOptions,
  type VideoExplainer,
} from './explain/video-explainer.js';
export { heatOf, type ActivationMap } from './explain/activation-maps.js';
export {
  featureExtractor,
  type ExtractOptions,
  type ExtractorOptions,
  type FeatureExtractor,
  type FileFeatures,
} from './features/feature-extractor.js';
export type { Pooling } from './features/array-sink.js';
export type { VideoFeatures, Windows } from './features/extract.js';
export {
  actionLocaliser,
  type ActionLocaliser,
  type FileLocalisation,
  type Localisation,
  type LocaliseOptions,
  type LocaliserOptions,
  type ScoredSegment,
} from './localise/action-localiser.js';
export {
  liveClassifier,
  type LiveClassifier,
  type LiveClassifierOptions,
} from './live/live-classifier.js';
export type { Observation, ObserveOptions } from './live/observe.js';
export type { AnyRuntime, CompileOptions, RuntimeOptions } from './model/compile-model.js';
export type { ModelFunction } from './model/model-function.js';
export type { ModelOptions } from './model/open-model.js';
export type { WeightsInput } from './model/weights-source.js';
export { forgetFastestProviders } from '@slowfast/runtime-onnx';
export { planTraining, trainModel } from './train/train-model.js';
export type {
  GridPlan,
  PartPlan,
  PhasePlan,
  RunOptions,
  RunSummary,
  TrainingPlan,
} from './train/run-types.js';
export type { TrainingProgress } from '@slowfast/training';
