/** @file Models as files for `tf.loadLayersModel`. Needs neither TF.js nor Node to write them. */
import {
  checkArguments,
  lowerNode,
  type Graph,
  type RunnableModel,
  type Value,
  type WeightStore,
} from '@slowfast/core';
import { deliveredAxes, type Operand } from '../axes.js';
import { modelFiles, type TfjsModelFiles } from '../model-files.js';
import { computed } from '../operand.js';
import { prepareExport, type TfjsExportOptions } from '../prepare.js';
import { KerasModel } from './keras-model.js';
import { LAYERS_TABLE } from './table.js';

/**
 * A model as the files of a `tf.LayersModel`: Keras' own layers only, so that other programs can read,
 * change and train it. To run a network fast take {@link exportGraphModel}: Conv3D is slow on WebAssembly.
 *
 * Inputs of five axes are [N, T, H, W, C] (channels last), and so are outputs of five axes; others are as
 * in the graph. `model.predict([slow, fast])` takes inputs and gives outputs in the graph's order; their
 * names are `model.inputNames` and `model.outputNames`. With `optimize: false` batch norms and dropout
 * are layers of their own.
 *
 * Rejects with SpecError for an operation that no layer does (grouped convolution, regions,
 * whatever crosses clips), naming it, and with WeightError for weights that do not fit.
 *
 * @example
 * ```ts
 * for (const [name, bytes] of await exportLayersModel(model, weights)) writeFileSync(`${folder}/${name}`, bytes);
 * // Elsewhere: const model = await tf.loadLayersModel('folder/model.json');
 * ```
 */
export async function exportLayersModel(
  model: RunnableModel,
  weights: WeightStore,
  options: TfjsExportOptions = {},
): Promise<TfjsModelFiles> {
  checkArguments('exportLayersModel', {
    model: [model, 'model'],
    weights: [weights, 'weights'],
    options: [options, 'object?'],
  });

  const { graph, numbers, metadata } = await prepareExport(model, weights, options);
  const [inputs, outputs] = [Object.keys(graph.inputs), Object.keys(graph.outputs)];
  const keras = new KerasModel([...inputs, ...outputs]);
  lower(keras, graph, numbers);
  const config = {
    name: model.name.replace(/[^\w.-]/g, '_'),
    layers: keras.layers,
    input_layers: inputs.map((name) => [name, 0, 0]),
    output_layers: outputs.map((name) => [name, 0, 0]),
  };
  return modelFiles(
    {
      format: 'layers-model',
      generatedBy: 'SlowFast.ts',
      convertedBy: null,
      modelTopology: {
        keras_version: '2.15.0',
        backend: 'tensorflow',
        model_config: { class_name: 'Functional', config },
      },
      userDefinedMetadata: metadata,
    },
    keras.weights,
  );
}

function lower(keras: KerasModel, graph: Graph, numbers: ReadonlyMap<string, Float32Array>): void {
  const operands = new Map<string, Operand>();
  for (const [name, data] of numbers) operands.set(name, parameter(keras, name, data));
  for (const [name, value] of Object.entries<Value>(graph.inputs)) {
    const axes = deliveredAxes(value.type.shape.length);
    const dims = axes.map((axis) => value.type.shape[axis]!);
    const sizes = dims.slice(1);
    keras.addNamed(name, 'InputLayer', [], { batch_input_shape: [null, ...sizes], sparse: false });
    operands.set(value.name, computed(value.name, { ref: name, axes, dims }));
  }
  for (const node of graph.nodes) {
    keras.site = `${node.name} (${node.op})`;
    const inputs = node.inputs.map((input) => operands.get(input.name)!);
    operands.set(node.output.name, lowerNode(LAYERS_TABLE, node, inputs, keras));
  }
  for (const [name, value] of Object.entries<Value>(graph.outputs)) {
    keras.site = `output ${name}`;
    const result = operands.get(value.name)!.laid();
    const { ref } = keras.arranged(`${name}_output`, result, deliveredAxes(result.axes.length));
    keras.addNamed(name, 'Activation', [ref], { activation: 'linear' });
  }
}

/** Layers have weights; a parameter is no value of its own. */
function parameter(keras: KerasModel, name: string, data: Float32Array): Operand {
  return {
    laid: () => {
      return keras.refuse('parameters that belong to a layer', `the parameter ${name} as a value`);
    },
    numbers: () => data,
  };
}
