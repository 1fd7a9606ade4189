/** @file Inference requests of KServe v2: JSON, with tensors inside or, by the binary extension, after it. */
import {
  checkFeeds,
  sizeOf,
  type CompiledModel,
  type HostTensor,
  type NamedType,
} from '@slowfast/core';
import * as v from 'valibot';
import { badRequest } from '../request-error.js';
import type { Tensors } from '../batching/rows.js';
import { checkBoxes } from './boxes.js';
import type { JsonParser } from './json-tensors.js';

const name = v.pipe(v.string(), v.maxLength(200));
/** More would not fit into an array. */
const axis = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31));
const parameters = v.optional(v.record(v.string(), v.unknown()), {});

const schema = v.object({
  id: v.optional(v.pipe(v.string(), v.maxLength(1000))),
  parameters,
  inputs: v.pipe(
    v.array(
      v.object({
        name,
        shape: v.pipe(v.array(axis), v.maxLength(8)),
        datatype: v.pipe(v.string(), v.maxLength(20)),
        parameters,
        data: v.optional(v.number()),
      }),
    ),
    v.maxLength(16),
  ),
  outputs: v.optional(v.pipe(v.array(v.object({ name, parameters })), v.maxLength(16))),
});

/** An output that is asked for. */
export interface WantedOutput {
  readonly name: string;
  /** Whether its bytes come after the JSON. */
  readonly binary: boolean;
  /** The best classes as text instead of scores; 0 for scores. */
  readonly classes: number;
}

/** A request that fits the model. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly feeds: Tensors;
  readonly outputs: readonly WantedOutput[];
  /** Milliseconds that the client waits; `undefined` for as long as it takes. */
  readonly timeout: number | undefined;
}

/** The inputs or outputs of a model. All are of float32, as those of every network that is composed here. */
export const typesOf = (
  shapes: Readonly<Record<string, readonly (number | string)[]>>,
): readonly NamedType[] =>
  Object.entries(shapes).map(([name, shape]) => ({ name, dtype: 'float32', shape }));

/**
 * Reads a request; `headerLength` is that of the JSON where bytes come after it. Throws a RequestError of status 400, or
 * ShapeError for feeds that do not fit the model.
 */
export async function inferRequest(
  body: Buffer,
  headerLength: number | undefined,
  model: CompiledModel,
  parser: JsonParser,
): Promise<InferRequest> {
  if (headerLength !== undefined && headerLength > body.byteLength) {
    throw badRequest(
      'Inference-Header-Content-Length',
      `at most the ${body.byteLength} bytes that were sent`,
      `${headerLength}`,
    );
  }
  const { value, arrays } = await parser.parse(body.subarray(0, headerLength));
  const read = v.safeParse(schema, value, { abortEarly: true });
  if (!read.success) {
    const [issue] = read.issues;
    throw badRequest(
      `request: ${v.getDotPath(issue) ?? 'JSON'}`,
      issue.expected ?? issue.message,
      issue.received.slice(0, 100),
    );
  }
  const { id, inputs, outputs, ...request } = read.output;
  let offset = headerLength ?? body.byteLength;
  // Not an object, which has a name of its own: __proto__.
  const feeds = new Map<string, HostTensor>();
  for (const input of inputs) {
    if (feeds.has(input.name)) {
      throw badRequest(`input ${input.name}`, 'each input once', 'two of this name');
    }
    if (input.datatype !== 'FP32') {
      throw badRequest(`input ${input.name}`, 'datatype FP32', `'${input.datatype}'`);
    }
    const bytes = input.parameters['binary_data_size'];
    const size = sizeOf(input.shape);
    const site = `input ${input.name}`;
    if (bytes === undefined) {
      const data = input.data === undefined ? undefined : arrays[input.data];
      if (!data || data.length !== size) {
        const received = data ? `${data.length}` : 'no data';
        throw badRequest(site, `${size} numbers for [${input.shape.join(', ')}]`, received);
      }
      feeds.set(input.name, { dtype: 'float32', shape: input.shape, data });
      continue;
    }
    if (bytes !== size * 4 || offset + bytes > body.byteLength) {
      const received =
        bytes === size * 4 ? `${body.byteLength - offset} after what comes before it` : `${bytes}`;
      throw badRequest(site, `${size * 4} bytes for [${input.shape.join(', ')}]`, received);
    }
    const data = numbersAt(body, offset, size);
    offset += bytes;
    feeds.set(input.name, { dtype: 'float32', shape: input.shape, data });
  }
  if (offset !== body.byteLength) {
    throw badRequest('request', 'no bytes after its tensors', `${body.byteLength - offset}`);
  }
  checkFeeds(model.name, typesOf(model.inputs), Object.fromEntries(feeds));
  // In the model's order, whatever a client's is: rows are those of the first, which is one of clips.
  const tensors = Object.fromEntries(
    Object.keys(model.inputs).map((name) => [name, feeds.get(name)!]),
  );
  checkBoxes(tensors);
  return {
    id,
    feeds: tensors,
    outputs: wantedOutputs(outputs, model, request.parameters['binary_data_output'] === true),
    timeout: timeoutOf(request.parameters['timeout']),
  };
}

/** Numbers of a body: a view of it where they begin at a multiple of four, else a copy. */
function numbersAt(body: Buffer, offset: number, size: number): Float32Array {
  const at = body.byteOffset + offset;
  if (at % 4 === 0) return new Float32Array(body.buffer as ArrayBuffer, at, size);
  const data = new Float32Array(size);
  body.copy(new Uint8Array(data.buffer), 0, offset, offset + 4 * size);
  return data;
}

function wantedOutputs(
  outputs: v.InferOutput<typeof schema>['outputs'],
  model: CompiledModel,
  isBinary: boolean,
): readonly WantedOutput[] {
  const all = Object.keys(model.outputs);
  return (outputs ?? all.map((name) => ({ name, parameters: {} as Record<string, unknown> }))).map(
    ({ name, parameters: { binary_data: binary = isBinary, classification = 0 } }) => {
      if (!all.includes(name)) throw badRequest('output', all.join(' or '), `'${name}'`);
      if (!(Number.isInteger(classification) && (classification as number) >= 0)) {
        throw badRequest(`output ${name}`, 'a number of classes', String(classification));
      }
      return { name, binary: binary === true, classes: classification as number };
    },
  );
}

/** Triton's clients give microseconds. */
function timeoutOf(value: unknown): number | undefined {
  if (value === undefined || value === 0) return undefined;
  if (typeof value === 'number' && value > 0) return value / 1000;
  throw badRequest('parameter timeout', 'microseconds', String(value));
}
