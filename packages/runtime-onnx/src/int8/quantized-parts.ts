/**
 * @file Which layers compute with int8 and which values are codes. The rule, by measurements in docs/performance.md:
 *
 * 1. Convolutions of at least {@link FEWEST_CHANNELS} channels and filters, without groups, that apply no activation
 *    or relu. ONNX Runtime gathers the inputs of thinner ones for longer than float takes (stems: fifty times), and
 *    other activations keep it from computing with codes.
 * 2. What these convolutions read and give are codes. So are sums, joins and maxima of what they give.
 * 3. All else stays float: linear layers, whose arithmetic is a thousandth of the network's while every score hangs
 *    on them; products of non-local blocks, softmax, means; and layers that the user names.
 */
import { SpecError, type Graph, type Node, type Value } from '@slowfast/core';

/** What of a graph is computed with int8. */
export interface QuantizedParts {
  /** Names of convolutions that compute with codes. */
  readonly layers: ReadonlySet<string>;
  /** Values that are codes, by name, and the name of the value whose range theirs is: their own mostly. */
  readonly ranges: ReadonlyMap<string, string>;
}

/** Channels and filters from which int8 is faster. */
const FEWEST_CHANNELS = 16;

/** The parts of a graph after prepareForInference; throws {@link SpecError} for names of no convolution. */
export function quantizedParts(graph: Graph, keepFloat: readonly string[] = []): QuantizedParts {
  checkNames(graph, keepFloat);
  const floats = new Set(keepFloat);
  const layers = new Set<string>();
  const ranges = new Map<string, string>();
  const fromInt8 = new Set<string>();
  const own = ({ name }: Value): void => void (ranges.has(name) || ranges.set(name, name));
  for (const node of graph.nodes) {
    const { name, output, inputs } = node;
    if (isQuantized(graph, node) && !floats.has(name)) {
      layers.add(name);
      own(inputs[0]!);
      own(output);
      fromInt8.add(output.name);
    } else if (inputs.some((x) => fromInt8.has(x.name))) {
      if (isCombination(node) && inputs.every(({ name: x }) => !graph.params.has(x))) {
        for (const input of inputs) own(input);
        own(output);
        fromInt8.add(output.name);
      } else if (node.op === 'max_pool3d') {
        ranges.set(output.name, ranges.get(inputs[0]!.name)!);
        fromInt8.add(output.name);
      }
    }
  }
  return { layers, ranges };
}

function isQuantized(graph: Graph, node: Node): boolean {
  if (node.op !== 'conv3d') return false;
  const { activation, groups } = node.attrs;
  const [x, weight, bias] = node.inputs;
  const [filters, channels] = weight!.type.shape as readonly [number, number];
  return (
    (activation === 'identity' || activation === 'relu') &&
    groups === 1 &&
    Math.min(filters, channels) >= FEWEST_CHANNELS &&
    !graph.params.has(x!.name) &&
    [weight!, ...(bias ? [bias] : [])].every(({ name }) => graph.params.has(name))
  );
}

/** Sums of equal shapes and joins, which ONNX Runtime computes on codes. */
function isCombination({ op, inputs, attrs }: Node): boolean {
  if (op === 'concat') return true;
  const [a, b] = inputs;
  return (
    op === 'add' &&
    (attrs.activation === 'identity' || attrs.activation === 'relu') &&
    a!.type.shape.join() === b!.type.shape.join()
  );
}

function checkNames(graph: Graph, names: readonly string[]): void {
  const convolutions = new Set(
    graph.nodes.flatMap(({ op, name }) => (op === 'conv3d' ? [name] : [])),
  );
  const unknown = names.find((name) => !convolutions.has(name));
  if (unknown === undefined) return;
  throw new SpecError({
    site: 'keepFloat',
    expected: 'names of convolutions, as planLowering(graph) gives them',
    received: `'${unknown}'`,
  });
}
