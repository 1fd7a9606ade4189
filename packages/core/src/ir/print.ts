/** @file Graphs as text, one node a line: for tests, for reading, for comparing two versions. */
import { checkArguments } from '../arguments.js';
import type { Graph, Node, Value } from './types.js';

const type = (value: Value): string => `${value.type.dtype}[${value.type.shape.join(', ')}]`;

function attributes(node: Node): string {
  const parts = Object.entries(node.attrs).map(([key, value]) => {
    const text = Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
    return `${key}=${text}`;
  });
  return parts.length === 0 ? '' : ` {${parts.join(', ')}}`;
}

/** The graph as text: inputs, nodes in order with types and attributes, outputs. */
export function printGraph(graph: Graph): string {
  checkArguments('printGraph', { graph: [graph, 'graph'] });

  const lines = [
    ...Object.entries(graph.inputs).map(([name, value]) => `input ${name}: ${type(value)}`),
    ...graph.nodes.map(
      (node) =>
        `${node.name}: ${type(node.output)} = ${node.op}(${node.inputs
          .map((input) => input.name)
          .join(', ')})${attributes(node)}`,
    ),
    ...Object.entries(graph.outputs).map(([name, value]) => `output ${name} = ${value.name}`),
  ];
  return `${lines.join('\n')}\n`;
}
