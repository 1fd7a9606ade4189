export { classificationHead } from './classification.js';
export type { ClassActivation, ClassificationHeadOptions } from './classification.js';
export { roiHead, type RoiHeadOptions } from './roi.js';
