export { drawModel, type DrawingOptions } from './draw-model.js';
export { modelPage } from './model-page.js';
export { type Theme } from './theme.js';
