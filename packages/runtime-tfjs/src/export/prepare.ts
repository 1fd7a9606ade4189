/** @file What both kinds of files start from: the graph after the passes, and its parameters' numbers. */
import {
  SpecError,
  bindOptionsOf,
  bindWeights,
  clipInputGraph,
  internalError,
  metadataValues,
  prepareForInference,
  type Graph,
  type ModelMetadata,
  type RunnableModel,
  type Value,
  type WeightStore,
} from '@slowfast/core';

/** Options of {@link exportGraphModel} and {@link exportLayersModel}. */
export interface TfjsExportOptions {
  /** Whether batch norms are folded and activations fused before; default true. */
  readonly optimize?: boolean;
  /**
   * `pathways` (default): one input a pathway. `clip`: one input `clip` with all frames, from which the
   * frames of each pathway are taken inside, by the rules of the preprocessing.
   */
  readonly input?: 'pathways' | 'clip';
  /** Preprocessing, labels and whether the weights were trained: they travel in `userDefinedMetadata`. */
  readonly metadata?: ModelMetadata;
}

/** A graph with everything that a file of it holds. */
export interface PreparedModel {
  readonly graph: Graph;
  readonly numbers: ReadonlyMap<string, Float32Array>;
  /** For `userDefinedMetadata`. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

const DEFAULTS = {
  optimize: true,
  input: 'pathways',
  metadata: {},
} as const satisfies Required<TfjsExportOptions>;

/**
 * Applies the options and reads the weights. Rejects with {@link SpecError} for what the files cannot
 * say, and with WeightError for weights that do not fit.
 */
export async function prepareExport(
  model: RunnableModel,
  weights: WeightStore,
  options: TfjsExportOptions,
): Promise<PreparedModel> {
  const { optimize, input, metadata } = { ...DEFAULTS, ...options };
  const whole: Graph = input === 'clip' ? clipInputGraph(model, metadata) : model.graph;
  const graph = optimize ? prepareForInference(whole) : whole;
  checkValues(model.name, graph);
  const numbers = new Map<string, Float32Array>();
  for await (const [name, { data }] of bindWeights(graph, weights, bindOptionsOf(model))) {
    if (!(data instanceof Float32Array)) throw internalError(`weight ${name} is not float32`);
    numbers.set(name, data);
  }
  return { graph, numbers, metadata: metadataValues(model.name, metadata) };
}

/** Both kinds of files know float32 only, and sizes that are unknown only as the number of clips. */
function checkValues(site: string, graph: Graph): void {
  for (const [name, { type }] of Object.entries<Value>(graph.inputs)) {
    const [first, ...rest] = type.shape;
    const received = `${type.dtype}[${type.shape.join(', ')}]`;
    if (type.dtype !== 'float32' || rest.some((dim) => typeof dim === 'string')) {
      throw new SpecError({
        site: `${site}, input ${name}`,
        expected: 'float32 of known sizes but for the first axis',
        received,
      });
    }
    if (first === undefined) {
      throw new SpecError({
        site: `${site}, input ${name}`,
        expected: 'at least one axis',
        received,
      });
    }
  }
  const names = new Set(Object.keys(graph.inputs));
  const twice = Object.keys(graph.outputs).find((name) => names.has(name));
  if (twice === undefined) return;
  throw new SpecError({
    site: `${site}, output ${twice}`,
    expected: 'a name that no input has',
    received: `'${twice}', the name of an input`,
    remedy: 'TF.js names inputs and outputs apart: give the output another name',
  });
}
