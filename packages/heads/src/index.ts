export { classificationHead } from './classification.js';
export type { ClassActivation, ClassificationHeadOptions } from './classification.js';
export { expansionHead, type ExpansionHeadOptions } from './expansion.js';
export { roiHead, type RoiHeadOptions } from './roi.js';
