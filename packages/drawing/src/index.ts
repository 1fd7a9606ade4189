export { drawModel, type DrawingOptions } from './draw-model.js';
export { modelPage } from './model-page.js';
export { type Theme } from './theme.js';
export { drawScores, type ScoreDrawing } from './draw-scores.js';
export { drawIntervals, type IntervalDrawing } from './draw-intervals.js';
