/** @file Mistakes that the compiler finds. This file is type-checked, never run. */
import type { Head } from '@slowfast/core';
import { classificationHead } from './classification.js';

classificationHead({ pathways: ['slow', 'fast'], classes: 400 }) satisfies Head<
  'slow' | 'fast',
  'scores'
>;

// @ts-expect-error -- it reads two pathways, not one
classificationHead({ pathways: ['slow', 'fast'], classes: 400 }) satisfies Head<'slow', 'scores'>;
// @ts-expect-error -- its output is called scores
classificationHead({ pathways: ['slow'], classes: 400 }) satisfies Head<'slow', 'logits'>;
// @ts-expect-error -- a head needs classes
classificationHead({ pathways: ['slow'] });
// @ts-expect-error -- there is no activation of this name
classificationHead({ pathways: ['slow'], classes: 400, activation: 'relu' });
// @ts-expect-error -- a window has two sides
classificationHead({ pathways: ['slow'], classes: 400, pool: { window: [7] } });
