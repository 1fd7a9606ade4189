/**
 * @file Encodes models (onnx/onnx.proto, field numbers as there). All sizes are known before the first
 * tensor is read, so that weights pass through one at a time.
 */
import { RuntimeError, internalError, sizeOf } from '@slowfast/core';
import {
  ELEMENT_BYTES,
  ELEMENT_TYPE,
  IR_VERSION,
  OPSET,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensorInfo,
  type OnnxValueInfo,
} from './model.js';
import { MessageWriter } from './wire.js';

/** Protobuf cannot hold more in one message. */
const LARGEST = 2 ** 31 - 1;

/** Contents of the weights, in the order of {@link OnnxModel.weights}. */
export type WeightBytes = AsyncIterable<Uint8Array>;

/** A model whose size is known and whose bytes come in chunks. */
export interface EncodedModel {
  /** Bytes in all. */
  readonly size: number;
  /** The bytes; a chunk holds one weight at most. */
  chunks(weights: WeightBytes): AsyncGenerator<Uint8Array>;
  /** The model as a file whose weights lie in another one beside it, `location`. */
  apart(location: string): ModelApart;
}

/** A model in two files, so that ONNX Runtime maps the weights into memory instead of copying them. */
export interface ModelApart {
  readonly structure: Uint8Array;
  /** The other file's bytes. */
  chunks(weights: WeightBytes): AsyncGenerator<Uint8Array>;
}

/** Prepares a model for writing; throws {@link RuntimeError} when it passes protobuf's 2 GiB. */
export function encodeModel(model: OnnxModel): EncodedModel {
  const structure = encodeGraph(model);
  const headers = model.weights.map((info) => tensorHeader(info));
  const weightBytes = model.weights.reduce(
    (sum, info, i) => sum + headers[i]!.byteLength + byteLength(info),
    0,
  );
  const graphSize = structure.byteLength + weightBytes;
  // Metadata stands before the graph, so that a reader finds it without passing the weights.
  const head = encodeHead(model).header(7, graphSize).bytes();
  const size = head.byteLength + graphSize;
  if (size > LARGEST) throw tooLarge(model.name, size);
  return {
    size,
    async *chunks(weights) {
      yield head;
      yield structure;
      for await (const [index, bytes] of checked(model, weights)) {
        yield headers[index]!;
        yield bytes;
      }
    },
    apart: (location) => modelApart(model, structure, location),
  };
}

/** Contents of the weights with their place; throws when they are not what the model says. */
async function* checked(
  model: OnnxModel,
  weights: WeightBytes,
): AsyncGenerator<readonly [index: number, bytes: Uint8Array]> {
  let index = 0;
  for await (const bytes of weights) {
    const info = model.weights[index];
    if (!info || byteLength(info) !== bytes.byteLength) {
      throw internalError(`weight ${info?.name} has ${bytes.byteLength} bytes`);
    }
    yield [index, bytes];
    index += 1;
  }
  if (index !== model.weights.length) throw internalError(`${index} weights were given`);
}

/** Where weights start in a file of their own: at multiples of a cache line. */
const ALIGNMENT = 64;

function modelApart(model: OnnxModel, structure: Uint8Array, location: string): ModelApart {
  const tensors = new MessageWriter();
  const padding: number[] = [];
  let offset = 0;
  for (const info of model.weights) {
    const length = byteLength(info);
    tensors.message(5, (tensor) => {
      writeTensorInfo(tensor, info);
      for (const [key, value] of Object.entries({ location, offset, length })) {
        tensor.message(13, (entry) => entry.string(1, key).string(2, `${value}`));
      }
      // data_location: EXTERNAL
      tensor.integer(14, 1);
    });
    padding.push((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);
    offset += length + padding.at(-1)!;
  }
  const references = tensors.bytes();
  const head = encodeHead(model)
    .header(7, structure.byteLength + references.byteLength)
    .bytes();
  return {
    structure: joined([head, structure, references]),
    async *chunks(weights) {
      for await (const [index, bytes] of checked(model, weights)) {
        yield bytes;
        if (padding[index]! > 0) yield new Uint8Array(padding[index]!);
      }
    },
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { byteLength: length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.byteLength;
  }
  return all;
}

function encodeHead(model: OnnxModel): MessageWriter {
  const writer = new MessageWriter()
    .integer(1, IR_VERSION)
    .string(2, model.producer.name)
    .string(3, model.producer.version)
    .message(8, (opset) => opset.string(1, '').integer(2, OPSET));
  for (const domain of new Set(model.nodes.map((node) => node.domain))) {
    if (domain) writer.message(8, (opset) => opset.string(1, domain).integer(2, 1));
  }
  for (const [key, value] of Object.entries(model.metadata)) {
    writer.message(14, (entry) => entry.string(1, key).string(2, value));
  }
  return writer;
}

function encodeGraph(model: OnnxModel): Uint8Array {
  const writer = new MessageWriter();
  for (const node of model.nodes) writer.message(1, (w) => writeNode(w, node));
  writer.string(2, model.name);
  for (const info of model.inputs) writer.message(11, (w) => writeValueInfo(w, info));
  for (const info of model.outputs) writer.message(12, (w) => writeValueInfo(w, info));
  for (const constant of model.constants) {
    writer.message(5, (w) => writeTensorInfo(w, constant).delimited(9, constant.bytes));
  }
  return writer.bytes();
}

function writeNode(writer: MessageWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.string(1, input);
  writer.string(2, node.output);
  if (node.second !== undefined) writer.string(2, node.second);
  writer.string(3, node.name).string(4, node.operator);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    writer.message(5, (w) => writeAttribute(w.string(1, name), attribute));
  }
  if (node.domain !== undefined) writer.string(7, node.domain);
}

function writeAttribute(writer: MessageWriter, attribute: OnnxAttribute): void {
  if ('float' in attribute) writer.float(2, attribute.float).integer(20, 1);
  else if ('int' in attribute) writer.integer(3, attribute.int).integer(20, 2);
  else if ('text' in attribute) writer.string(4, attribute.text).integer(20, 3);
  else {
    for (const value of attribute.ints) writer.integer(8, value);
    writer.integer(20, 7);
  }
}

function writeValueInfo(writer: MessageWriter, info: OnnxValueInfo): void {
  writer.string(1, info.name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.integer(1, ELEMENT_TYPE[info.type]).message(2, (shape) => {
        for (const dim of info.shape) {
          shape.message(1, (w) => (typeof dim === 'number' ? w.integer(1, dim) : w.string(2, dim)));
        }
      }),
    ),
  );
}

function writeTensorInfo(writer: MessageWriter, info: OnnxTensorInfo): MessageWriter {
  for (const dim of info.shape) writer.integer(1, dim);
  return writer.integer(2, ELEMENT_TYPE[info.type]).string(8, info.name);
}

/** Everything of a tensor within the graph up to its contents. */
function tensorHeader(info: OnnxTensorInfo): Uint8Array {
  const inner = writeTensorInfo(new MessageWriter(), info).header(9, byteLength(info)).bytes();
  const outer = new MessageWriter().header(5, inner.byteLength + byteLength(info)).bytes();
  return joined([outer, inner]);
}

const byteLength = ({ type, shape }: OnnxTensorInfo): number => ELEMENT_BYTES[type] * sizeOf(shape);

const tooLarge = (name: string, size: number): RuntimeError =>
  new RuntimeError({
    site: name,
    expected: `an ONNX file of at most ${LARGEST} bytes, which is protobuf's limit`,
    received: `${size} bytes`,
    remedy: "Export with precision 'float16', or choose a smaller model",
  });
