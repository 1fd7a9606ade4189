export { classificationHead } from './classification.js';
export type { ClassActivation, ClassificationHeadOptions } from './classification.js';
export { roiHead, type RoiHeadOptions } from './roi.js';
export { classificationFeatures, type FeatureModel } from './classification-features.js';
