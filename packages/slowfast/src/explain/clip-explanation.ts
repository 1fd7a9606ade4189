/** @file Where a class is seen in one clip that is at hand. Needs no Node API. */
import { checkArguments, SpecError, type HostTensor, type Preprocessing } from '@slowfast/core';
import { activate } from '@slowfast/evaluation';
import {
  bestOf,
  classIndex,
  feedsOf,
  foundIn,
  mapsOf,
  type Outputs,
  type Work,
} from './explaining-model.js';
import type { ClipExplanation, ExplainOptions } from './video-explainer.js';

/** What {@link VideoExplainer.clip} does. */
export async function clipExplanation(
  tensor: HostTensor<'float32'>,
  { class: name, signal }: Pick<ExplainOptions, 'class' | 'signal'>,
  work: Work,
): Promise<ClipExplanation> {
  checkArguments('VideoExplainer.clip', { tensor: [tensor, 'object'] });
  const { model, preprocessing } = work;
  const { frames } = preprocessing.clip;
  checkClip(tensor, preprocessing);
  const run = async (index: number | undefined): Promise<Outputs> => {
    const outputs = await model.run(feedsOf({ tensor }, index, work));
    signal?.throwIfAborted();
    return outputs;
  };
  const scoresOf = (outputs: Outputs): Float32Array =>
    activate(outputs['scores']!.data as Float32Array, preprocessing.activation);
  const index =
    name === undefined ? bestOf(scoresOf(await run(undefined))) : classIndex(name, work);
  const outputs = await run(index);
  const own = mapsOf(
    Array.from({ length: frames }, (_, i) => i),
    outputs,
    work,
  );
  const maps = Object.fromEntries(
    own.map(([stage, map]) => [stage, [{ ...map, area: [0, 0, 1, 1] as const }]]),
  );
  return foundIn(scoresOf(outputs), index, maps, work);
}

function checkClip({ shape }: HostTensor, { clip, pathways }: Preprocessing): void {
  const hears = Object.values(pathways).some(({ input }) => input === 'sound');
  if (hears) {
    throw new SpecError({
      site: 'clip',
      expected: 'a model that sees alone',
      received: 'one that hears, too',
    });
  }
  const [clips, channels, frames] = shape;
  if (shape.length === 5 && clips === 1 && channels === 3 && frames === clip.frames) return;
  throw new SpecError({
    site: 'clip',
    expected: `a tensor [1, 3, ${clip.frames}, H, W]`,
    received: `[${shape.join(', ')}]`,
  });
}
