/** @file Mistakes that the compiler finds. This file is type-checked, never run. */
import type { Head } from '@slowfast/core';
import { roiHead } from './roi.js';

roiHead({ pathways: ['slow', 'fast'], classes: 80 }) satisfies Head<
  'slow' | 'fast',
  'scores',
  'boxes'
>;

// @ts-expect-error -- it needs boxes
roiHead({ pathways: ['slow', 'fast'], classes: 80 }) satisfies Head<'slow' | 'fast', 'scores'>;
// @ts-expect-error -- it reads two pathways, not one
roiHead({ pathways: ['slow', 'fast'], classes: 80 }) satisfies Head<'slow', 'scores', 'boxes'>;
// @ts-expect-error -- a head needs classes
roiHead({ pathways: ['slow'] });
// @ts-expect-error -- there is no pooling of this name
roiHead({ pathways: ['slow'], classes: 80, temporalPool: 'sum' });
