/** @file The configuration of a model for NVIDIA's Triton Inference Server: `config.pbtxt`. Pure text. */
import { SpecError, type DType, type NamedType } from '@slowfast/core';
import { messageText, word, type Message } from './message-text.js';

/** How Triton runs a model. */
export interface TritonOptions {
  /** Most clips a run; default 8. Models that take people in boxes are run as they are asked. */
  readonly maxBatch?: number;
  /** Microseconds that a clip may wait for others to run with; default 5000. */
  readonly queueDelay?: number;
  /** Requests that wait at most, beyond which Triton refuses; default 64. */
  readonly maxQueue?: number;
  /** Copies of the model a device; default 1. */
  readonly instances?: number;
  /** Where copies run; default `auto`: on graphics processors where there are some. */
  readonly device?: 'auto' | 'cpu' | 'gpu';
}

/** What a configuration is made of. */
export interface TritonModel {
  /** The name of the model, which its folder bears. */
  readonly name: string;
  /** Values that go in and come out; a text stands for a size that each run may choose, `N` for that of the batch. */
  readonly inputs: readonly NamedType[];
  readonly outputs: readonly NamedType[];
  /** Shapes to warm up with: sizes for those that a run may choose, by input. */
  readonly warmup: Readonly<Record<string, readonly number[]>>;
  /** File with a label a line for the first output. */
  readonly labels?: string;
}

const DEFAULTS = {
  maxBatch: 8,
  queueDelay: 5000,
  maxQueue: 64,
  instances: 1,
  device: 'auto',
} as const satisfies Required<TritonOptions>;

const TYPES = {
  float32: 'TYPE_FP32',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
} as const satisfies Record<DType, string>;

/** Whether clips of several requests can be run as one batch: the first dimension of everything is that of clips. */
export const isBatched = ({ inputs, outputs }: Pick<TritonModel, 'inputs' | 'outputs'>): boolean =>
  [...inputs, ...outputs].every(({ shape }) => shape[0] === 'N');

/**
 * The text of `config.pbtxt`: inputs, outputs, dynamic batching, instance groups, warm-up. Throws {@link SpecError} for
 * numbers that are none.
 */
export function tritonConfig(model: TritonModel, options: TritonOptions = {}): string {
  const { maxBatch, queueDelay, maxQueue, instances, device } = { ...DEFAULTS, ...options };
  for (const [site, count] of Object.entries({ maxBatch, maxQueue, instances })) {
    if (Number.isInteger(count) && count >= 1 && count < 2 ** 31) continue;
    throw new SpecError({ site, expected: 'a whole number of at least 1', received: `${count}` });
  }
  if (!(Number.isInteger(queueDelay) && queueDelay >= 0)) {
    throw new SpecError({
      site: 'queueDelay',
      expected: 'whole microseconds of at least 0',
      received: `${queueDelay}`,
    });
  }
  const batched = isBatched(model);
  const value = ({ name, dtype, shape }: NamedType): Message => ({
    name,
    data_type: word(TYPES[dtype]),
    dims: (batched ? shape.slice(1) : shape).map((size) => (typeof size === 'number' ? size : -1)),
  });
  const [first, ...others] = model.outputs;
  return messageText({
    name: model.name,
    backend: 'onnxruntime',
    default_model_filename: 'model.onnx',
    max_batch_size: batched ? maxBatch : 0,
    input: model.inputs.map(value),
    output: [{ ...value(first!), label_filename: model.labels }, ...others.map(value)],
    instance_group: [{ count: instances, kind: word(`KIND_${device.toUpperCase()}`) }],
    dynamic_batching: batched
      ? {
          max_queue_delay_microseconds: queueDelay,
          default_queue_policy: { max_queue_size: maxQueue },
        }
      : undefined,
    model_warmup: (batched ? [...new Set([1, maxBatch])] : [0]).map((size) =>
      warmup(model, batched, size),
    ),
  });
}

/** A run before the first request, so that this one does not wait for memory and kernels. */
const warmup = (
  { inputs, warmup: shapes }: TritonModel,
  batched: boolean,
  size: number,
): Message => ({
  name: batched ? `a batch of ${size}` : 'a run',
  batch_size: size,
  inputs: inputs.map(({ name, dtype }) => ({
    key: name,
    value: {
      data_type: word(TYPES[dtype]),
      dims: shapes[name]!.slice(batched ? 1 : 0),
      // Boxes of random numbers would be of clips that are not there.
      ...(batched ? { random_data: true } : { zero_data: true }),
    },
  })),
});
