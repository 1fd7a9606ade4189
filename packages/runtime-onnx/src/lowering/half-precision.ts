/**
 * @file A lowered graph that computes in float16, for graphics processors: inputs and outputs stay float32.
 */
import { toFloat16 } from '../export/float16.js';
import { ELEMENT_TYPE, type OnnxConstant, type OnnxNode } from '../proto/model.js';
import { bytesOf } from './emitter.js';
import type { OnnxGraph } from './lower-graph.js';

const { float16, float32 } = ELEMENT_TYPE;

/** The same graph in float16. Throws WeightError for a constant beyond its range. */
export function halfPrecision(graph: OnnxGraph): OnnxGraph {
  const { inputs, outputs, weights } = graph;
  const values = [...inputs, ...outputs].filter(({ type }) => type === 'float32');
  const halves = new Map(values.map(({ name }) => [name, `${name}/float16`]));
  const half = (name: string): string => halves.get(name) ?? name;
  const cast = (from: string, to: string, type: number): OnnxNode => ({
    operator: 'Cast',
    name: `${to}/Cast`,
    inputs: [from],
    output: to,
    attributes: { to: { int: type } },
  });
  const isFloat = ({ name }: { readonly name: string }): boolean => halves.has(name);
  return {
    ...graph,
    nodes: [
      ...inputs.filter(isFloat).map(({ name }) => cast(name, half(name), float16)),
      ...graph.nodes.map((node) => ({
        ...toHalf(node),
        inputs: node.inputs.map(half),
        output: half(node.output),
      })),
      ...outputs.filter(isFloat).map(({ name }) => cast(half(name), name, float32)),
    ],
    constants: graph.constants.map(halfConstant),
    weights: weights.map((weight) => {
      const { info } = weight;
      return info.type === 'float32' ? { ...weight, info: { ...info, type: 'float16' } } : weight;
    }),
  };
}

/** What was made float32 is made float16. */
function toHalf(node: OnnxNode): OnnxNode {
  const { to } = node.attributes;
  const isCast = node.operator === 'Cast' && to !== undefined && 'int' in to && to.int === float32;
  return isCast ? { ...node, attributes: { to: { int: float16 } } } : node;
}

function halfConstant(constant: OnnxConstant): OnnxConstant {
  if (constant.type !== 'float32') return constant;
  // Bytes of a file may lie anywhere.
  const elements = new Float32Array(constant.bytes.slice().buffer);
  return { ...constant, type: 'float16', bytes: bytesOf(toFloat16(elements, constant.name)) };
}
