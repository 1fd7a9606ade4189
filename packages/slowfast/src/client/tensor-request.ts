/** @file Tensors on their way to a server that speaks KServe v2, and back: JSON, and their bytes after it. */
import { RuntimeError, ShapeError, sizeOf, type DType, type HostTensor } from '@slowfast/core';

const DATATYPES = {
  float32: 'FP32',
  int32: 'INT32',
  int64: 'INT64',
} as const satisfies Record<DType, string>;

const ARRAYS = {
  FP32: [Float32Array, 'float32'],
  INT32: [Int32Array, 'int32'],
  INT64: [BigInt64Array, 'int64'],
} as const;

/** Tensors by name. */
export type NamedTensors = Readonly<Record<string, HostTensor>>;

/** The header that says how long the JSON before bytes is. */
export const JSON_LENGTH = 'inference-header-content-length';

/** What is asked beside tensors. */
export interface TensorRequest {
  /** Outputs to give; default: all. */
  readonly outputs?: readonly string[];
  /** Comes back with the answer. */
  readonly id?: string;
  /** Milliseconds after which the server is to give up. */
  readonly timeout?: number;
}

/** The body of a request, and the length of its JSON. Throws ShapeError for what is no tensor. */
export function requestBody(
  feeds: NamedTensors,
  { outputs, id, timeout }: TensorRequest,
): { readonly body: Blob; readonly jsonLength: number } {
  const tensors = Object.entries(feeds);
  for (const [name, { shape, data }] of tensors) {
    if (data.length === sizeOf(shape)) continue;
    const expected = `${sizeOf(shape)} elements for [${shape.join(', ')}]`;
    throw new ShapeError({ site: `input ${name}`, expected, received: `${data.length}` });
  }
  const json = new TextEncoder().encode(
    JSON.stringify({
      ...(id === undefined ? {} : { id }),
      // Triton counts microseconds.
      parameters: {
        binary_data_output: true,
        ...(timeout === undefined ? {} : { timeout: Math.ceil(timeout * 1000) }),
      },
      inputs: tensors.map(([name, { dtype, shape, data }]) => ({
        ...{ name, shape, datatype: DATATYPES[dtype] },
        parameters: { binary_data_size: data.byteLength },
      })),
      ...(outputs
        ? { outputs: outputs.map((name) => ({ name, parameters: { binary_data: true } })) }
        : {}),
    }),
  );
  // Of this platform and not of a shared memory, which a Blob does not take.
  const blocks = tensors.map(([, { data }]) => data as Float32Array<ArrayBuffer>);
  return { body: new Blob([json, ...blocks]), jsonLength: json.byteLength };
}

interface Output {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly parameters?: { readonly binary_data_size?: number };
  readonly data?: readonly number[];
}

/** The tensors of an answer. Throws RuntimeError for one that is not as KServe v2 has it. */
export function tensorsIn(site: string, bytes: ArrayBuffer, jsonLength: number | undefined) {
  const json = new TextDecoder().decode(bytes.slice(0, jsonLength));
  const { outputs = [] } = parsed(site, json) as { outputs?: readonly Output[] };
  let offset = jsonLength ?? bytes.byteLength;
  return Object.fromEntries(
    outputs.map((output) => {
      const { name, datatype, shape } = output;
      const kind = Object.hasOwn(ARRAYS, datatype)
        ? ARRAYS[datatype as keyof typeof ARRAYS]
        : undefined;
      if (!kind) throw unreadable(site, 'FP32, INT32 or INT64', `${name} of ${datatype}`);
      const [array, dtype] = kind;
      const size = sizeOf(shape);
      const { binary_data_size: length } = output.parameters ?? {};
      if (length === undefined) {
        const data = (output.data ?? []).flat(8) as number[];
        if (data.length !== size) throw unreadable(site, `${size} numbers`, `${data.length}`);
        const values =
          dtype === 'int64' ? BigInt64Array.from(data, BigInt) : new array(data as never);
        return [name, { dtype, shape, data: values } as HostTensor];
      }
      const block = bytes.slice(offset, offset + length);
      offset += length;
      if (block.byteLength !== size * array.BYTES_PER_ELEMENT) {
        throw unreadable(
          site,
          `${size * array.BYTES_PER_ELEMENT} bytes of ${name}`,
          `${block.byteLength}`,
        );
      }
      return [name, { dtype, shape, data: new array(block) } as HostTensor];
    }),
  );
}

function parsed(site: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(site, 'JSON as KServe v2 has it', text.slice(0, 100), cause);
  }
}

const unreadable = (site: string, expected: string, received: string, cause?: unknown) =>
  new RuntimeError({ site, expected, received, cause });
