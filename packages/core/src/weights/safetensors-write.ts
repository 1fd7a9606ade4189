/** @file Writing safetensors files, one tensor in memory at a time. */
import { checkArguments } from '../arguments.js';
import { WeightError } from '../errors.js';
import type { DType, HostTensor, Shape } from '../tensor.js';
import { sameShape, sizeOf } from '../tensor.js';
import type { ByteSink } from './byte-source.js';
import type { ElementFormat } from './safetensors-elements.js';
import { bytesOf, elementBytes, encodeFloat16 } from './safetensors-elements.js';
import type { WeightStore } from './store.js';

declare const TextEncoder: new () => { encode(text: string): Uint8Array };

/** The part of the web's AbortSignal that stops a long write. */
export interface AbortLike {
  readonly aborted: boolean;
  /** Throws the signal's reason once it is aborted. */
  throwIfAborted(): void;
}

/** Options of {@link writeSafetensors}. */
export interface SafetensorsOptions {
  /** Where the file goes. */
  readonly sink: ByteSink;
  /** Precision of the float tensors; integers keep theirs. Default `float32`. */
  readonly dtype?: 'float32' | 'float16';
  /** Free-form entries for the header; those of the store when left out. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Stops between two tensors; the write then rejects with the signal's reason. */
  readonly signal?: AbortLike;
}

interface Planned {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly format: ElementFormat;
}

const FORMAT_OF = { float32: 'F32', int32: 'I32', int64: 'I64' } as const;

/**
 * Writes every tensor of a store. The order is fixed (wider elements first, then by name), so the same
 * weights always give the same file; float32 comes back bit for bit. A store without `dtypeOf` (see
 * {@link TypedWeightStore}) is read twice, since the header precedes the data. Rejects with
 * {@link WeightError} for a value that float16 cannot hold and for a tensor whose shape or type is not what
 * the store announced.
 */
export async function writeSafetensors(
  store: WeightStore & { dtypeOf?(name: string): DType },
  options: SafetensorsOptions,
): Promise<void> {
  checkArguments('writeSafetensors', { store: [store, 'weights'], options: [options, 'object'] });

  const { sink, dtype = 'float32', signal } = options;
  const plan = await planTensors(store, dtype, signal);
  await sink.write(header(plan, options.metadata ?? store.metadata ?? {}));
  for (const planned of plan) {
    signal?.throwIfAborted();
    const tensor = await store.read(planned.name);
    checkTensor(planned, tensor);
    await sink.write(
      tensor.dtype === 'float32' && planned.format === 'F16'
        ? bytesOf(encodeFloat16(tensor.data, planned.name))
        : bytesOf(tensor.data),
    );
  }
  signal?.throwIfAborted();
}

async function planTensors(
  store: WeightStore & { dtypeOf?(name: string): DType },
  float: 'float32' | 'float16',
  signal: AbortLike | undefined,
): Promise<readonly Planned[]> {
  const plan: Planned[] = [];
  for (const name of store.names) {
    signal?.throwIfAborted();
    const dtype = store.dtypeOf ? store.dtypeOf(name) : (await store.read(name)).dtype;
    const format = dtype === 'float32' && float === 'float16' ? 'F16' : FORMAT_OF[dtype];
    plan.push({ name, shape: store.shapeOf(name), dtype, format });
  }
  return plan.sort(
    (a, b) => elementBytes(b.format) - elementBytes(a.format) || (a.name < b.name ? -1 : 1),
  );
}

function header(plan: readonly Planned[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const fields: string[] = [];
  const entries = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length > 0)
    fields.push(`"__metadata__":${JSON.stringify(Object.fromEntries(entries))}`);
  let offset = 0;
  for (const { name, shape, format } of plan) {
    const end = offset + sizeOf(shape) * elementBytes(format);
    const entry = { dtype: format, shape, data_offsets: [offset, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset = end;
  }
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  // Padded with spaces so that the data begins at a multiple of 8, as the reference writer does.
  const length = Math.ceil(text.length / 8) * 8;
  const out = new Uint8Array(8 + length).fill(0x20, 8 + text.length);
  new DataView(out.buffer).setBigUint64(0, BigInt(length), true);
  out.set(text, 8);
  return out;
}

function checkTensor({ name, shape, dtype }: Planned, tensor: HostTensor): void {
  if (
    tensor.dtype === dtype &&
    sameShape(tensor.shape, shape) &&
    tensor.data.length === sizeOf(shape)
  ) {
    return;
  }
  throw new WeightError({
    site: name,
    expected: `${dtype} [${shape.join(', ')}], as the store announced`,
    received: `${tensor.dtype} [${tensor.shape.join(', ')}] with ${tensor.data.length} elements`,
  });
}
