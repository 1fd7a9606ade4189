/** @file A model as a folder of Triton's model repository. Needs neither ONNX Runtime nor Node. */
import {
  checkArguments,
  namedTypes,
  SpecError,
  type RunnableModel,
  type WeightStore,
} from '@slowfast/core';
import { exportedGraph, exportOnnx, type OnnxExportOptions } from '../export/export-onnx.js';
import { tritonConfig, type TritonOptions } from './triton-config.js';

/** A file of a model repository. */
export interface TritonFile {
  /** Where it belongs below the repository, with slashes. */
  readonly path: string;
  /** Its bytes, as they are made. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** What {@link tritonRepository} writes and how Triton runs it. */
export interface TritonRepositoryOptions extends TritonOptions {
  /** The name of the model in the repository; default: its own. */
  readonly name?: string;
  /** How the ONNX file is written; its metadata give labels and preprocessing. */
  readonly onnx?: OnnxExportOptions;
}

/**
 * The files of a model for Triton: `NAME/config.pbtxt`, `NAME/1/model.onnx`, `NAME/labels.txt` where labels are known, and
 * `NAME/preprocessing.json`, by which clients make clips out of videos. Throws {@link SpecError} for options that do not
 * fit the model, for a name that is no name of a folder, and for labels of several lines; chunks reject as those of
 * `exportOnnx` do.
 *
 * @example
 * ```ts
 * for (const { path, chunks } of tritonRepository(model, weights, { onnx: { metadata } })) {
 *   for await (const chunk of chunks()) await write(path, chunk);
 * }
 * ```
 */
export function tritonRepository(
  model: RunnableModel,
  weights: WeightStore,
  repository: TritonRepositoryOptions = {},
): readonly TritonFile[] {
  checkArguments('tritonRepository', {
    model: [model, 'model'],
    weights: [weights, 'weights'],
    options: [repository, 'object'],
  });
  const { name = model.name, onnx = {}, ...options } = repository;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)) {
    throw new SpecError({
      site: 'name',
      expected: 'a name of letters, digits, dots, dashes and underscores',
      received: `'${name}'`,
    });
  }
  const { labels, preprocessing } = onnx.metadata ?? {};
  const broken = labels?.find((label) => /[\r\n]/.test(label));
  if (broken !== undefined) {
    throw new SpecError({
      site: 'labels',
      expected: 'labels of one line each',
      received: JSON.stringify(broken),
    });
  }
  const graph = exportedGraph(model, onnx);
  // The same with every size as the model was composed, for what each run may choose.
  const composed = exportedGraph(model, { ...onnx, size: 'fixed', frames: 'fixed' });
  const sizes = namedTypes(composed.inputs);
  const config = tritonConfig(
    {
      name,
      inputs: namedTypes(graph.inputs),
      outputs: namedTypes(graph.outputs),
      warmup: Object.fromEntries(
        sizes.map((input) => [
          input.name,
          input.shape.map((size) => (typeof size === 'number' ? size : 1)),
        ]),
      ),
      ...(labels ? { labels: 'labels.txt' } : {}),
    },
    options,
  );
  return [
    textFile(`${name}/config.pbtxt`, config),
    ...(labels
      ? [textFile(`${name}/labels.txt`, labels.map((label) => `${label}\n`).join(''))]
      : []),
    ...(preprocessing
      ? [textFile(`${name}/preprocessing.json`, `${JSON.stringify(preprocessing, null, 2)}\n`)]
      : []),
    { path: `${name}/1/model.onnx`, chunks: () => exportOnnx(model, weights, onnx) },
  ];
}

const textFile = (path: string, text: string): TritonFile => ({
  path,
  async *chunks() {
    yield new TextEncoder().encode(text);
  },
});
