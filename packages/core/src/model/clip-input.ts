/** @file One raw-clip input, with the frames that the preprocessing gives each pathway. */
import { checkArguments } from '../arguments.js';
import { SpecError } from '../errors.js';
import type { Graph } from '../ir/types.js';
import { singleClipInput } from '../passes/single-clip-input.js';
import type { ModelMetadata, RunnableModel } from '../runtime/runtime.js';
import { pathwayFrameIndices } from './preprocessing.js';

/**
 * The model's graph with one input `clip` `[N, C, T, H, W]`, from which the frames of each pathway are gathered
 * inside by the rules of the preprocessing in `metadata`. Throws {@link SpecError} without preprocessing, or for one
 * that is not the model's.
 */
export function clipInputGraph<O extends string>(
  model: RunnableModel<string, O>,
  metadata: ModelMetadata,
): Graph<string, O> {
  checkArguments('clipInputGraph', { model: [model, 'model'], metadata: [metadata, 'object'] });
  const { preprocessing } = metadata;
  if (!preprocessing) {
    throw new SpecError({
      site: model.name,
      expected: "preprocessing in metadata for input 'clip'",
      received: 'none',
      remedy: 'Give metadata.preprocessing, which says which frames each pathway takes',
    });
  }
  const { frames } = preprocessing.clip;
  const indices = Object.fromEntries(
    Object.keys(model.graph.inputs).flatMap((name) => {
      const pathway = preprocessing.pathways[name];
      return pathway ? [[name, pathwayFrameIndices(frames, pathway.frames, pathway.rule)]] : [];
    }),
  );
  return singleClipInput(model.graph, { indices, frames });
}
