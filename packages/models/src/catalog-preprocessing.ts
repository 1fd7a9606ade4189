/** @file The preprocessing of a published model, and what options change of it. */
import { sidesOf, SpecError, type Preprocessing, type Size } from '@slowfast/core';
import type { Architecture } from './architectures.js';
import { withSound } from './audiovisual.js';
import type { CatalogSettings } from './catalog-options.js';
import { pathwayInputs } from './fast-input.js';
import { withSkeleton } from './posec3d.js';
import { preprocessingOf } from './zoos.js';

/** What a network's preprocessing is by its zoo, its data set, what it sees, and the options. */
export function catalogPreprocessing(
  architecture: Architecture,
  options: Parameters<typeof preprocessingOf>[0],
  settings: CatalogSettings,
): Preprocessing {
  const published = preprocessingOf(options);
  const preprocessing =
    architecture.kind === 'pose' ? withSkeleton(published, architecture) : published;
  return changed(
    preprocessing,
    settings,
    architecture.regions ? undefined : stretchOf(settings.size),
  );
}

/** What the options say instead. */
function changed(
  preprocessing: Preprocessing,
  { channelOrder, mean, std, fps, resize, views, combine, fastInput, sound }: CatalogSettings,
  stretch: Preprocessing['stretch'],
): Preprocessing {
  if (stretch && views?.crops === 3) {
    throw new SpecError({
      site: 'catalogModel.views',
      expected: 'one crop, since frames are stretched to an input that is not square',
      received: '3 crops',
    });
  }
  if (preprocessing.skeleton && views?.crops === 3) {
    throw new SpecError({
      site: 'catalogModel.views',
      expected: '1 crop, or 2 with the mirror image, since skeletons fill their crop',
      received: '3 crops',
    });
  }
  const heard = withSound(preprocessing, sound);
  return {
    ...heard,
    pathways: pathwayInputs(heard.pathways, fastInput),
    ...(stretch ? { stretch } : {}),
    clip: { ...preprocessing.clip, ...(fps === undefined ? {} : { fps }) },
    views: {
      ...preprocessing.views,
      ...(stretch ? { crops: 1 } : {}),
      ...views,
      ...(combine === undefined ? {} : { combine }),
    },
    ...(resize === undefined ? {} : { resize }),
    ...(channelOrder === undefined ? {} : { channelOrder }),
    ...(mean === undefined ? {} : { mean }),
    ...(std === undefined ? {} : { std }),
  };
}

/** Height and width of an input that is not square. */
function stretchOf(size: Size): Preprocessing['stretch'] {
  const sides = sidesOf(size);
  return sides[0] === sides[1] ? undefined : sides;
}
