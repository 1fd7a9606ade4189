/** @file Reads TensorFlow.js graph models: the nodes of `model.json`, and the weights beside it as float32 or integers. */
import { RuntimeError, decodeFloat16, readJson, sizeOf, type Data, type Dim } from '@slowfast/core';
import * as v from 'valibot';

const size = v.optional(v.union([v.string(), v.number()]));

const shapeSchema = v.looseObject({ dim: v.optional(v.array(v.looseObject({ size }))) });

const attribute = v.looseObject({
  i: v.optional(v.union([v.string(), v.number()])),
  f: v.optional(v.number()),
  b: v.optional(v.boolean()),
  s: v.optional(v.string()),
  type: v.optional(v.union([v.string(), v.number()])),
  list: v.optional(
    v.looseObject({
      i: v.optional(v.array(v.union([v.string(), v.number()]))),
      s: v.optional(v.array(v.string())),
    }),
  ),
  shape: v.optional(shapeSchema),
});

const output = v.looseObject({
  name: v.string(),
  dtype: v.picklist(['DT_FLOAT', 'DT_INT32', 'DT_INT64']),
  tensorShape: shapeSchema,
});

const node = v.looseObject({
  name: v.string(),
  op: v.string(),
  input: v.optional(v.array(v.string()), []),
  attr: v.optional(v.record(v.string(), attribute), {}),
});

const weight = v.looseObject({
  name: v.string(),
  shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
  dtype: v.picklist(['float32', 'int32']),
  quantization: v.optional(
    v.looseObject({
      dtype: v.picklist(['float16', 'uint8', 'uint16']),
      scale: v.optional(v.number()),
      min: v.optional(v.number()),
    }),
  ),
});

const graphModel = v.looseObject({
  format: v.optional(v.literal('graph-model')),
  signature: v.looseObject({ outputs: v.record(v.string(), output) }),
  modelTopology: v.looseObject({ node: v.array(node) }),
  weightsManifest: v.array(v.looseObject({ weights: v.array(weight) })),
});

/** A node of a graph model; its attributes are TensorFlow's. */
export type GraphModelNode = Data<typeof node>;

/** An attribute of a node, as JSON has it. */
export type GraphModelAttribute = Data<typeof attribute>;

/** An output: the value it is of, its type and shape. */
export type GraphModelOutput = Data<typeof output>;

/** Sizes of axes as JSON has them; those that are not fixed get a name. */
export function dimsOf(name: string, shape: Data<typeof shapeSchema> | undefined): readonly Dim[] {
  return (shape?.dim ?? []).map(({ size }, axis) => {
    const length = Number(size ?? -1);
    return Number.isInteger(length) && length >= 0 ? length : `${name}_${axis}`;
  });
}

/** A constant of the graph: all that are quantised are read as what they stand for. */
export interface GraphModelWeight {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Nodes in the file's order, constants by the name of their node. */
export interface GraphModel {
  readonly nodes: readonly GraphModelNode[];
  readonly weights: ReadonlyMap<string, GraphModelWeight>;
  /** What the signature names as outputs. */
  readonly outputs: Readonly<Record<string, GraphModelOutput>>;
}

/** Reads a graph model; throws {@link RuntimeError} for weights that are shorter or longer than it says. */
export function readGraphModel(site: string, text: string, bytes: Uint8Array): GraphModel {
  const model = readJson(graphModel, text, { site });
  const infos = model.weightsManifest.flatMap(({ weights }) => weights);
  const size = infos.reduce((sum, info) => sum + sizeOf(info.shape) * elementBytes(info), 0);
  if (size !== bytes.byteLength) {
    throw new RuntimeError({
      site,
      expected: `${size} bytes of weights`,
      received: `${bytes.byteLength}`,
      remedy: 'Take both files from the same download',
    });
  }
  let offset = 0;
  const weights = new Map(
    infos.map((info) => {
      const length = sizeOf(info.shape) * elementBytes(info);
      const data = elementsOf(info, copyOf(bytes.subarray(offset, offset + length)));
      offset += length;
      return [info.name, { shape: info.shape, data }] as const;
    }),
  );
  return { nodes: model.modelTopology.node, weights, outputs: model.signature.outputs };
}

type WeightInfo = Data<typeof weight>;

const ELEMENT_BYTES = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1 } as const;

const elementBytes = ({ dtype, quantization }: WeightInfo): number =>
  ELEMENT_BYTES[quantization?.dtype ?? dtype];

/** Not slice(), which Node's Buffer shares with what lies around it. */
const copyOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

function elementsOf(
  { dtype, quantization }: WeightInfo,
  buffer: ArrayBuffer,
): Float32Array | Int32Array {
  if (!quantization) return dtype === 'int32' ? new Int32Array(buffer) : new Float32Array(buffer);
  if (quantization.dtype === 'float16') return decodeFloat16(new Uint16Array(buffer));
  const { scale = 1, min = 0 } = quantization;
  const codes = quantization.dtype === 'uint8' ? new Uint8Array(buffer) : new Uint16Array(buffer);
  const values = Float32Array.from(codes, (code) => code * scale + min);
  return dtype === 'int32' ? Int32Array.from(values, Math.round) : values;
}
