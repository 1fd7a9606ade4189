/** @file Puts the composed kernels in the place of those that WebAssembly lacks or is slow at. */
import * as tf from '@tensorflow/tfjs';
import { ARRANGEMENT_KERNELS } from './arrangement-kernels.js';
import type { ComposedKernel, KernelAttrs, KernelInputs } from './composed-kernel.js';
import { MATMUL_KERNELS } from './matmul-kernels.js';
import { MAX_POOL_GRADIENT } from './max-pool-backprop.js';
import { WINDOW_KERNELS } from './window-kernels.js';

/** All of them: forward, and the gradient that WebAssembly has wrong. */
export const COMPOSED_KERNELS: readonly ComposedKernel[] = [
  ...MATMUL_KERNELS,
  ...WINDOW_KERNELS,
  ...ARRANGEMENT_KERNELS,
  MAX_POOL_GRADIENT,
];

/** The versions whose kernels were measured: others may lack nothing, or name things differently. */
const MEASURED_VERSIONS = /^4\.22\./;

let isRegistered = false;

/**
 * Registers the composed kernels for WebAssembly, once a process; afterwards plain `tf` operations and `tf.layers` use
 * them, too. Does nothing on versions of TF.js other than 4.22. Gives whether
 * they are in place.
 */
export function registerComposedKernels(): boolean {
  if (isRegistered) return true;
  if (!MEASURED_VERSIONS.test(tf.version['tfjs-core'])) return false;
  for (const kernel of COMPOSED_KERNELS) register(kernel);
  isRegistered = true;
  return true;
}

const BACKEND = 'wasm';

function register({ kernelName, compose }: ComposedKernel): void {
  // Absent ones are undefined, whatever the declaration says.
  const original = tf.getKernel(kernelName, BACKEND) as tf.KernelConfig | undefined;
  if (original) tf.unregisterKernel(kernelName, BACKEND);
  tf.registerKernel({
    ...original,
    kernelName,
    backendName: BACKEND,
    kernelFunc: (params) => {
      const inputs = params.inputs as unknown as KernelInputs;
      const attrs = (params.attrs ?? {}) as KernelAttrs;
      const result = tf.tidy(() => compose(inputs, attrs) as tf.Tensor);
      if (result) return result;
      if (!original)
        throw new Error(`Kernel '${kernelName}' cannot do this for backend '${BACKEND}'`);
      return original.kernelFunc(params);
    },
  });
}
