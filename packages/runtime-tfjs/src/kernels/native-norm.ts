/**
 * @file Batch norm over a batch, and the gradient of ReLU, by native TensorFlow's own kernels: one pass over
 * memory where a composition takes ten. TF.js has no names for them, so they are registered under ours.
 */
import * as tf from '@tensorflow/tfjs';

/** What tfjs-node's backend offers to kernels. */
interface NativeBackend {
  readonly binding: Readonly<Record<`TF_${string}`, number>>;
  executeSingleOutput(op: string, attrs: OpAttr[], inputs: tf.TensorInfo[]): tf.TensorInfo;
  executeMultipleOutputs(
    op: string,
    attrs: OpAttr[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.TensorInfo[];
}

interface OpAttr {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

const NORM = 'SlowFastBatchNorm';
const NORM_GRADIENT = 'SlowFastBatchNormGradient';
const RELU_GRADIENT = 'SlowFastReluGradient';

/** Whether the current backend is native TensorFlow, which has these kernels. */
export function hasNativeNorm(): boolean {
  if (tf.getBackend() !== 'tensorflow') return false;
  registerOnce();
  return true;
}

/** Normalised `[P, C]`, mean and unbiased variance `[C]`, and what the gradient needs. */
export function nativeBatchNorm(
  x: tf.Tensor2D,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  epsilon: number,
): readonly [y: tf.Tensor2D, mean: tf.Tensor1D, variance: tf.Tensor1D, ...kept: tf.Tensor[]] {
  const rows = asImage(x);
  const none = tf.tensor1d([]);
  const outputs = tf
    .engine()
    .runKernel(NORM, { x: rows, scale, shift, none }, { epsilon }) as tf.Tensor[];
  const [y, mean, variance, ...kept] = outputs;
  return [tf.reshape(y!, x.shape), mean as tf.Tensor1D, variance as tf.Tensor1D, ...kept];
}

/** Gradients of x `[P, C]`, scale and shift `[C]`. */
export function nativeBatchNormGradient(
  dy: tf.Tensor2D,
  x: tf.Tensor2D,
  scale: tf.Tensor1D,
  kept: readonly tf.Tensor[],
  epsilon: number,
): tf.Tensor[] {
  const [first, second, third] = kept as [tf.Tensor, tf.Tensor, tf.Tensor];
  const inputs = { dy: asImage(dy), x: asImage(x), scale, first, second, third };
  const [dx, dScale, dShift] = tf.engine().runKernel(NORM_GRADIENT, inputs, { epsilon }) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  return [tf.reshape(dx, x.shape), dScale, dShift];
}

/** ReLU of any shape; its gradient in one kernel, where tfjs-node composes it of five. */
export function nativeRelu(x: tf.Tensor): tf.Tensor {
  const run = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [value, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const y = tf.relu(value);
    save([y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.engine().runKernel(RELU_GRADIENT, { dy, y: saved[0]! }, {}) as tf.Tensor,
    };
  });
  return run(x);
}

const asImage = (x: tf.Tensor2D): tf.Tensor4D => tf.reshape(x, [x.shape[0], 1, 1, x.shape[1]]);

let registered = false;

function registerOnce(): void {
  if (registered) return;
  registered = true;
  const register = (
    kernelName: string,
    run: (
      inputs: Readonly<Record<string, tf.TensorInfo>>,
      backend: NativeBackend,
      epsilon: number,
    ) => tf.TensorInfo | tf.TensorInfo[],
  ): void =>
    tf.registerKernel({
      kernelName,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, backend, attrs }) =>
        run(
          inputs as Readonly<Record<string, tf.TensorInfo>>,
          backend as NativeBackend,
          attrs!['epsilon'] as number,
        ),
    });
  register(NORM, ({ x, scale, shift, none }, backend, epsilon) =>
    backend.executeMultipleOutputs(
      'FusedBatchNormV3',
      normAttrs(backend, epsilon),
      [x!, scale!, shift!, none!, none!],
      6,
    ),
  );
  register(NORM_GRADIENT, ({ dy, x, scale, first, second, third }, backend, epsilon) =>
    backend.executeMultipleOutputs(
      'FusedBatchNormGradV3',
      normAttrs(backend, epsilon),
      [dy!, x!, scale!, first!, second!, third!],
      5,
    ),
  );
  register(RELU_GRADIENT, ({ dy, y }, backend) =>
    backend.executeSingleOutput('ReluGrad', [floatAttr('T', backend)], [dy!, y!]),
  );
}

const floatAttr = (name: string, { binding }: NativeBackend): OpAttr => ({
  name,
  type: binding['TF_ATTR_TYPE']!,
  value: binding['TF_FLOAT'],
});

const normAttrs = (backend: NativeBackend, epsilon: number): OpAttr[] => [
  floatAttr('T', backend),
  floatAttr('U', backend),
  { name: 'epsilon', type: backend.binding['TF_ATTR_FLOAT']!, value: epsilon },
  { name: 'data_format', type: backend.binding['TF_ATTR_STRING']!, value: 'NHWC' },
  { name: 'is_training', type: backend.binding['TF_ATTR_BOOL']!, value: true },
];
