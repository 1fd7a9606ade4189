export { classificationHead } from './classification.js';
export type { ClassActivation, ClassificationHeadOptions } from './classification.js';
