export {
  batchFeeds,
  gatherFrames,
  pathwayFeeds,
  type ClipPreprocessing,
  type FeedsOf,
} from './clip-input.js';
export { activated, ScoreCombiner, topPredictions, type Prediction } from './scores.js';
export { scoreViews, type ClipView, type ScoreOptions, type ViewScores } from './views.js';
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
