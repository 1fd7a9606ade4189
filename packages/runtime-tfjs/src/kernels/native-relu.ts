/**
 * @file ReLU whose gradient is one kernel of native TensorFlow, where TF.js composes it of five. TF.js has no
 * name for that kernel, so it is registered under ours.
 */
import * as tf from '@tensorflow/tfjs';

/** What tfjs-node's backend offers to kernels. */
interface NativeBackend {
  readonly binding: Readonly<Record<`TF_${string}`, number>>;
  executeSingleOutput(op: string, attrs: OpAttr[], inputs: tf.TensorInfo[]): tf.TensorInfo;
}

interface OpAttr {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

const GRADIENT = 'SlowFastReluGradient';

/** ReLU of any shape on native TensorFlow; call it only while {@link hasNativeRelu}. */
export function nativeRelu(x: tf.Tensor): tf.Tensor {
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [value, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const y = tf.relu(value);
    save([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.engine().runKernel(GRADIENT, { dy, y: saved[0]! }, {}) as tf.Tensor,
    };
  });
  return run(x);
}

/** Whether the current backend is native TensorFlow. */
export function hasNativeRelu(): boolean {
  if (tf.getBackend() !== 'tensorflow') return false;
  if (tf.getKernel(GRADIENT, 'tensorflow')) return true;
  tf.registerKernel({
    kernelName: GRADIENT,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, backend }) => {
      const { binding, executeSingleOutput } = backend as NativeBackend;
      const type = { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT } as OpAttr;
      return executeSingleOutput.call(backend, 'ReluGrad', [type], [inputs['dy']!, inputs['y']!]);
    },
  });
  return true;
}
