/** @file Models as files for `tf.loadGraphModel`. Needs neither TF.js nor Node to write them. */
import {
  checkArguments,
  lowerNode,
  type Dim,
  type Graph,
  type RunnableModel,
  type Value,
  type WeightStore,
} from '@slowfast/core';
import { deliveredAxes, inOrder, type Laid, type Operand } from '../axes.js';
import { modelFiles, type TfjsModelFiles } from '../model-files.js';
import { computed } from '../operand.js';
import { prepareExport, type TfjsExportOptions } from '../prepare.js';
import { GRAPH_MODEL_TABLE } from './table.js';
import { GraphDef } from './graph-def.js';

/** The version of TensorFlow's operations that is used; all of them are older. */
const PRODUCER_VERSION = 1395;

/**
 * A model as the files of a `tf.GraphModel`, which run with TF.js alone, on every backend. Convolutions
 * and pooling are over two axes, which all backends are fast at.
 *
 * Inputs of five axes are [N, T, H, W, C] (channels last), and so are outputs of five axes; others are as
 * in the graph. `model.predict({ slow, fast })` gives the outputs by name. Metadata are in
 * `userDefinedMetadata`.
 *
 * Rejects with SpecError for a graph with inputs other than float32, or with sizes unknown other
 * than the first, and with WeightError for weights that do not fit.
 *
 * @example
 * ```ts
 * for (const [name, bytes] of await exportGraphModel(model, weights)) writeFileSync(`${folder}/${name}`, bytes);
 * // In the browser: const model = await tf.loadGraphModel('folder/model.json');
 * ```
 */
export async function exportGraphModel(
  model: RunnableModel,
  weights: WeightStore,
  options: TfjsExportOptions = {},
): Promise<TfjsModelFiles> {
  checkArguments('exportGraphModel', {
    model: [model, 'model'],
    weights: [weights, 'weights'],
    options: [options, 'object?'],
  });

  const { graph, numbers, metadata } = await prepareExport(model, weights, options);
  const tf = new GraphDef([...Object.keys(graph.inputs), ...Object.keys(graph.outputs)]);
  lower(tf, graph, numbers);
  return modelFiles(
    {
      format: 'graph-model',
      generatedBy: 'SlowFast.ts',
      convertedBy: null,
      modelTopology: {
        node: tf.nodes,
        library: {},
        versions: { producer: PRODUCER_VERSION },
      },
      signature: { inputs: tensorInfos(graph.inputs), outputs: tensorInfos(graph.outputs) },
      userDefinedMetadata: { structuredOutputKeys: Object.keys(graph.outputs), ...metadata },
    },
    tf.weights,
  );
}

function lower(tf: GraphDef, graph: Graph, numbers: ReadonlyMap<string, Float32Array>): void {
  const operands = new Map<string, Operand>();
  for (const [name, data] of numbers) {
    operands.set(name, parameter(tf, graph.params.get(name)!, data));
  }
  for (const [name, value] of Object.entries<Value>(graph.inputs)) {
    const { axes, dims } = delivered(value);
    const shape = { dim: dims.map((dim) => ({ size: sizeText(dim) })) };
    tf.addNamed(name, 'Placeholder', [], { dtype: { type: 'DT_FLOAT' }, shape: { shape } });
    operands.set(value.name, computed(value.name, { ref: name, axes, dims }));
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => operands.get(input.name)!);
    operands.set(node.output.name, lowerNode(GRAPH_MODEL_TABLE, node, inputs, tf));
  }
  for (const [name, value] of Object.entries<Value>(graph.outputs)) {
    const result = operands.get(value.name)!.laid();
    const { ref } = tf.arranged(`${name}/output`, result, deliveredAxes(result.axes.length));
    tf.addNamed(name, 'Identity', [ref]);
  }
}

/** A parameter is put into the file as it is only where it is used as it is. */
function parameter(tf: GraphDef, { name, type }: Value, data: Float32Array): Operand {
  let value: Laid | undefined;
  return {
    laid: () => {
      const shape = type.shape as readonly number[];
      value ??= { ref: tf.constant(name, shape, data), dims: shape, axes: inOrder(shape.length) };
      return value;
    },
    numbers: () => data,
  };
}

function delivered({ type }: Value): Pick<Laid, 'axes' | 'dims'> {
  const axes = deliveredAxes(type.shape.length);
  return { axes, dims: axes.map((axis) => type.shape[axis]!) };
}

const sizeText = (dim: Dim): string => (typeof dim === 'number' ? String(dim) : '-1');

function tensorInfos(values: Readonly<Record<string, Value>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      {
        name: `${name}:0`,
        dtype: 'DT_FLOAT',
        tensorShape: { dim: delivered(value).dims.map((dim) => ({ size: sizeText(dim) })) },
      },
    ]),
  );
}
