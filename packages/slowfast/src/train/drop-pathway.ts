/** @file DropPathway as a configuration asks for it. */
import { SpecError } from '@slowfast/core';
import type { ConfiguredNetwork } from '@slowfast/models';
import type { DropPathway, TrainingConfig } from '@slowfast/training';

/** That of the paper. */
const RATE = 0.8;

/** What an audio pathway brings to others; nothing for a network that only sees. Throws {@link SpecError} for a rate without sound. */
export function dropPathwayOf(
  { train }: Pick<TrainingConfig, 'train'>,
  { model, preprocessing }: ConfiguredNetwork,
): DropPathway | undefined {
  const { dropPathway: rate = RATE } = train;
  if (preprocessing.sound) {
    const values = [...model.additions].filter(([place]) => place.startsWith('audio->'));
    return { rate, values: values.map(([, { name }]) => name) };
  }
  if (train.dropPathway === undefined) return undefined;
  throw new SpecError({
    site: 'train.dropPathway',
    expected: 'nothing, since the model has no audio pathway',
    received: `${train.dropPathway}`,
  });
}
