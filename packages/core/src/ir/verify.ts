/** @file The rules every graph keeps, checked after composing and between passes. */
import { checkArguments } from '../arguments.js';
import { ShapeError, SpecError } from '../errors.js';
import { shapeText } from '../ops/definition.js';
import { inferOutput } from '../ops/table.js';
import { sameShape } from '../tensor.js';
import type { Graph, OpKind, TensorType, Value } from './types.js';

/**
 * Checks that names are unique, that every value is defined before it is used, that every node's output
 * type (elements and shape) is what its operation infers, and that outputs exist. Throws {@link SpecError} or {@link ShapeError}.
 */
export function verify(graph: Graph): void {
  checkArguments('verify', { graph: [graph, 'graph'] });

  const defined = new Map<string, Value>();
  const define = (value: Value, site: string): void => {
    if (defined.has(value.name)) {
      throw new SpecError({
        site,
        expected: 'each name once in a graph',
        received: `'${value.name}' a second time`,
      });
    }
    defined.set(value.name, value);
  };
  const use = (value: Value, site: string): void => {
    const definition = defined.get(value.name);
    if (definition === undefined) {
      throw new SpecError({
        site,
        expected: 'values that are defined before',
        received: `'${value.name}', which is not`,
      });
    }
    checkType(site, `'${value.name}'`, definition.type, value.type);
  };
  for (const value of Object.values(graph.inputs)) define(value, 'input');
  for (const param of graph.params.values()) define(param, 'parameter');
  for (const node of graph.nodes) {
    for (const input of node.inputs) use(input, node.name);
    const type = inferOutput<OpKind>(
      node.op,
      node.inputs.map((input) => input.type),
      node.attrs,
      (expected, received, remedy) => {
        throw new ShapeError({
          site: node.name,
          expected,
          received,
          ...(remedy ? { remedy } : {}),
        });
      },
    );
    checkType(node.name, 'an output', type, node.output.type);
    define(node.output, node.name);
  }
  for (const [name, value] of Object.entries(graph.outputs)) use(value, `output ${name}`);
}

function checkType(site: string, what: string, expected: TensorType, received: TensorType): void {
  if (expected.dtype !== received.dtype) {
    throw new ShapeError({
      site,
      expected: `${what} of ${expected.dtype}`,
      received: received.dtype,
    });
  }
  if (sameShape(expected.shape, received.shape)) return;
  throw new ShapeError({
    site,
    expected: `${what} of shape ${shapeText(expected.shape)}`,
    received: shapeText(received.shape),
  });
}
