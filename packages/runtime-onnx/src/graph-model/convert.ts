/** @file TensorFlow.js graph models as ONNX files, so that ONNX Runtime runs them and TensorFlow.js is not needed. */
import { checkArguments, RuntimeError } from '@slowfast/core';
import { Names, bytesOf, collector } from '../lowering/emitter.js';
import { encodeModel } from '../proto/encode.js';
import type { ElementType, OnnxTensorInfo, OnnxValueInfo } from '../proto/model.js';
import { PRODUCER } from '../version.js';
import {
  dimsOf,
  readGraphModel,
  type GraphModel,
  type GraphModelAttribute,
  type GraphModelNode,
  type GraphModelWeight,
} from './graph-model.js';
import type { LoweredNode, LoweringEmitter } from './node-lowering.js';
import { OPERATIONS } from './operations.js';

/** The two files of a graph model. */
export interface GraphModelFiles {
  /** What errors call it, and the ONNX model's name. */
  readonly name: string;
  /** The text of `model.json`. */
  readonly json: string;
  /** The files of its weights, one after the other. */
  readonly weights: Uint8Array;
}

/**
 * A TensorFlow.js graph model as the bytes of an ONNX file, opset 17, with the inputs it has (axes that are -1 stay
 * free) and the outputs of its signature. Integers are int64 within and in outputs; inputs keep their type.
 * Throws SpecError for what is no graph model, and {@link RuntimeError} for one with an operation that cannot be
 * carried over, by its name.
 */
export async function onnxOfGraphModel(files: GraphModelFiles): Promise<Uint8Array> {
  checkArguments('onnxOfGraphModel', { files: [files, 'object'] });
  const { name: site, json, weights } = files;
  checkArguments('onnxOfGraphModel', { json: [json, 'string'], weights: [weights, 'object'] });
  const model = readGraphModel(site, json, weights);
  const outputs = Object.keys(model.outputs);
  const placeholders = model.nodes.filter(({ op }) => op === 'Placeholder');
  const names = new Names([...placeholders.map(({ name }) => name), ...outputs]);
  const graph = collector(names, new Map(outputs.map((output) => [outputNode(output), output])));
  const arranged: (OnnxTensorInfo & { readonly bytes: Uint8Array })[] = [];
  const emitter: LoweringEmitter = {
    ...graph,
    weight(base, shape, data) {
      const weight = { name: names.claim(base), type: 'float32', shape } as const;
      arranged.push({ ...weight, bytes: bytesOf(data) });
      return weight.name;
    },
  };
  const scope: Scope = { site, model, emitter, values: new Map() };
  for (const node of inOrder(model, site)) {
    if (node.op === 'Const') continue;
    scope.values.set(node.name, node.op === 'Placeholder' ? [node.name] : lowered(node, scope));
  }
  for (const [output, { name }] of Object.entries(model.outputs)) {
    emitter.emit('Identity', outputNode(output), [valueOf(name, scope)]);
  }
  const encoded = encodeModel({
    name: site,
    nodes: graph.nodes,
    inputs: placeholders.map(inputOf),
    outputs: Object.entries(model.outputs).map(([name, { dtype, tensorShape }]) => ({
      name,
      type: dtype === 'DT_FLOAT' ? 'float32' : 'int64',
      shape: dimsOf(name, tensorShape),
    })),
    constants: graph.constants,
    weights: arranged.map(({ name, type, shape }) => ({ name, type, shape })),
    producer: PRODUCER,
    metadata: {},
  });
  const bytes = new Uint8Array(encoded.size);
  let offset = 0;
  for await (const chunk of encoded.chunks(contents(arranged))) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

const outputNode = (output: string): string => `output ${output}`;

async function* contents(weights: readonly { readonly bytes: Uint8Array }[]) {
  for (const { bytes } of weights) yield bytes;
}

const INPUT_TYPES: Readonly<Record<string, ElementType>> = { DT_INT32: 'int32', DT_INT64: 'int64' };

function inputOf({ name, attr }: GraphModelNode): OnnxValueInfo {
  const type = INPUT_TYPES[String(attr['dtype']?.type)] ?? 'float32';
  return { name, type, shape: dimsOf(name, attr['shape']?.shape) };
}

/** Each node after those whose results it takes. */
function inOrder({ nodes }: GraphModel, site: string): readonly GraphModelNode[] {
  const waiting = new Map(nodes.map((node) => [node.name, new Set(node.input.map(nodeName))]));
  const readers = new Map<string, GraphModelNode[]>();
  for (const node of nodes) {
    for (const name of waiting.get(node.name)!) {
      if (!waiting.has(name)) damaged(site, `an input ${name} that is no node`);
      readers.set(name, [...(readers.get(name) ?? []), node]);
    }
  }
  const ready = nodes.filter(({ name }) => waiting.get(name)!.size === 0);
  // The list grows while it is gone through.
  for (const { name } of ready) {
    for (const reader of readers.get(name) ?? []) {
      const rest = waiting.get(reader.name)!;
      rest.delete(name);
      if (rest.size === 0) ready.push(reader);
    }
  }
  if (ready.length !== nodes.length) damaged(site, 'nodes that wait for one another');
  return ready;
}

/** What nodes are lowered with: the model, and the names of the results there are so far. */
interface Scope {
  readonly site: string;
  readonly model: GraphModel;
  readonly emitter: LoweringEmitter;
  readonly values: Map<string, readonly string[]>;
}

/** `name:1` is a node's second result; `^name` only says that the node comes before. */
const nodeName = (input: string): string => input.replace(/^\^/, '').replace(/:\d+$/, '');

function valueOf(input: string, { site, model, emitter, values }: Scope): string {
  const name = nodeName(input);
  const weight = model.weights.get(name);
  if (weight) {
    const { shape, data } = weight;
    if (data instanceof Float32Array) return emitter.tensor('float32', shape, data);
    return shape.length < 2
      ? emitter.integers([...data], shape.length === 0 ? 'scalar' : undefined)
      : emitter.emit('Reshape', name, [emitter.integers([...data]), emitter.integers(shape)]);
  }
  const value = values.get(name)?.[Number(/:(\d+)$/.exec(input)?.[1] ?? 0)];
  return value ?? damaged(site, `an input ${input} that no node gives`);
}

function lowered(node: GraphModelNode, scope: Scope): readonly string[] {
  const lower = Object.hasOwn(OPERATIONS, node.op) ? OPERATIONS[node.op] : undefined;
  const view = loweredNode(node, scope);
  return lower ? lower(view, scope.emitter) : view.refuse('another operation');
}

function loweredNode({ name, op, input, attr }: GraphModelNode, scope: Scope): LoweredNode {
  const inputs = input.filter((entry) => !entry.startsWith('^'));
  const refuse = (what: string): never => {
    throw new RuntimeError({
      site: `${scope.site}: ${name}`,
      expected: 'an operation that can be carried over to ONNX',
      received: `${op}: ${what}`,
      remedy: 'Run the graph model on TensorFlow.js',
    });
  };
  const entry = (key: string): GraphModelAttribute => attr[key] ?? refuse(`no ${key}`);
  const text = (value: string): string => atob(value);
  const constant = (index: number): GraphModelWeight =>
    scope.model.weights.get(nodeName(inputs[index] ?? '')) ?? refuse(`input ${index} varies`);
  const whole = (value: unknown): number =>
    Number.isInteger(Number(value)) ? Number(value) : refuse(`the attribute ${String(value)}`);
  return {
    name,
    inputCount: inputs.length,
    input: (index) => valueOf(inputs[index] ?? refuse(`no input ${index}`), scope),
    constant,
    integers: (index) => [...constant(index).data],
    int: (key, fallback) =>
      attr[key] === undefined && fallback !== undefined ? fallback : whole(entry(key).i ?? 0),
    ints: (key) => (entry(key).list?.i ?? []).map(whole),
    flag: (key) => attr[key]?.b === true,
    text: (key, fallback) =>
      attr[key] === undefined && fallback !== undefined ? fallback : text(entry(key).s ?? ''),
    texts: (key) => (attr[key]?.list?.s ?? []).map(text),
    type: (key) => TYPES[String(entry(key).type)] ?? refuse(`type ${String(entry(key).type)}`),
    refuse,
  };
}

const TYPES: Readonly<Record<string, 'float32' | 'int64' | 'bool'>> = {
  DT_FLOAT: 'float32',
  DT_INT32: 'int64',
  DT_INT64: 'int64',
  DT_BOOL: 'bool',
};

function damaged(site: string, received: string): never {
  throw new RuntimeError({
    site,
    expected: 'a graph model whose nodes follow from one another',
    received,
    remedy: 'The file is damaged: download it again',
  });
}
