/** @file The kernels of gradients; each file `*-backprop.ts` adds its own. */
import type { ComposedKernel } from './composed-kernel.js';
import { CONVOLUTION_GRADIENT_KERNELS } from './convolution-backprop.js';
import { MAX_POOL_GRADIENT_KERNELS } from './max-pool-backprop.js';
import { SCATTER_KERNELS } from './scatter-backprop.js';

/** Gradients of convolution, pooling and gathering. */
export const GRADIENT_KERNELS: readonly ComposedKernel[] = [
  ...CONVOLUTION_GRADIENT_KERNELS,
  ...MAX_POOL_GRADIENT_KERNELS,
  ...SCATTER_KERNELS,
];
