/** @file Sampling the features of regions: the one operation of detection heads. */
import { checkCount, shapeText, type OpDefinition } from './definition.js';

const isCount = (value: number, least: number): boolean =>
  Number.isInteger(value) && value >= least;

/**
 * Features of boxes on a grid of bins (He et al., Mask R-CNN, ICCV 2017), with the arithmetic of torchvision:
 * each bin is the mean of bilinear samples at equal distances inside it.
 */
export const roiAlign: OpDefinition<'roi_align'> = {
  infer(inputs, { size, spatialScale, samplingRatio }, fail) {
    checkCount(inputs, 2, 2, fail);
    const [features, boxes] = inputs;
    if (features!.shape.length !== 4) fail('features [N, C, H, W]', shapeText(features!.shape));
    if (boxes!.shape.length !== 2 || boxes!.shape[1] !== 5) {
      fail('boxes [R, 5], a batch index and x1, y1, x2, y2 each', shapeText(boxes!.shape));
    }
    if (size.length !== 2 || !size.every((bins) => isCount(bins, 1))) {
      fail('a whole number of bins along H and W', shapeText(size));
    }
    if (!(spatialScale > 0 && Number.isFinite(spatialScale))) {
      fail('a positive spatial scale', `${spatialScale}`);
    }
    if (!isCount(samplingRatio, 0)) {
      fail('a whole sampling ratio of at least 0', `${samplingRatio}`);
    }
    return {
      dtype: features!.dtype,
      shape: [boxes!.shape[0]!, features!.shape[1]!, ...size],
    };
  },
  traits: { global: true },
};
