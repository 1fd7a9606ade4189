export {
  batchFeeds,
  gatherFrames,
  pathwayFeeds,
  type ClipPreprocessing,
  type FeedsOf,
} from './clip-input.js';
export type { Colours } from './optical-flow/flow-clip.js';
export { activate, ScoreCombiner, topPredictions, type Prediction } from './scores.js';
export {
  scoreFeeds,
  scoreViews,
  soundsOf,
  type ClipView,
  type ScoreOptions,
  type ViewScores,
} from './views.js';
export { checkBoxCorners } from './ava/box-corners.js';
export { readAvaExclusions, readAvaTable, type AvaTableOptions } from './ava/csv.js';
export {
  AVA_EVALUATED_LABELS,
  evaluateAva,
  type AvaEvaluation,
  type AvaEvaluationOptions,
} from './ava/frame-map.js';
export { AvaTableBuilder, avaBox, type AvaRow, type AvaTable } from './ava/table.js';
export {
  ClassificationCounter,
  classificationMetrics,
  type ClassAccuracy,
  type ClassificationMetrics,
  type LabelledScores,
} from './classification-metrics.js';
export {
  averagePrecision,
  meanAveragePrecision,
  type MultiLabelMetrics,
  type MultiLabelScores,
} from './average-precision.js';
export { npyBytes, npzChunks, type NumpyArray } from './numpy-files.js';
export {
  suppressOverlaps,
  temporalIou,
  type LabelledSegment,
  type ScoredSegment,
  type Segment,
} from './localisation/segment.js';
export {
  localisationMetrics,
  TEMPORAL_IOUS,
  type LocalisationMetrics,
  type SegmentsByVideo,
} from './localisation/localisation-metrics.js';
export {
  localisationsJson,
  readLocalisations,
  readLocalisationTruth,
  type LocalisationTruthOptions,
} from './localisation/activitynet-files.js';
export { smoothedCurve, type ScoreCurve } from './localisation/score-curve.js';
export { SEGMENT_TEXTS, type SegmentFormat } from './localisation/segment-text.js';
export { findSegments, type SegmentOptions } from './localisation/find-segments.js';
export {
  holmCorrection,
  meanInterval,
  pairedPermutation,
  type MeanInterval,
} from './comparison/paired.js';
