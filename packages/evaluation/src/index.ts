export { batchFeeds, gatherFrames } from './clip-input.js';
export { activated, ScoreCombiner, topPredictions, type Prediction } from './scores.js';
export { scoreViews, type ClipView, type ScoreOptions, type ViewScores } from './views.js';
