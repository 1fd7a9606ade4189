/** @file Views as text and as numbers. */
import { SpecError } from '@slowfast/core';
import { parsedViews } from './parsed-views.js';

/** How many clips of a video, and crops of each. */
export interface ViewNumbers {
  /** Clips in time. */
  readonly clips: number;
  /** One in the centre, or three; of skeletons one, or two with the mirror image. */
  readonly crops: number;
}

/** Views as a paper writes them: `10x3`. */
export type ViewText = `${number}x${1 | 2 | 3}`;

/** The numbers of `10x3`; throws {@link SpecError} for another text. */
export function viewNumbers(views: ViewText | ViewNumbers): ViewNumbers {
  if (typeof views === 'object' && views !== null) return views;
  const numbers = parsedViews(views);
  if (numbers) return numbers;
  throw new SpecError({
    site: 'views',
    expected: "clips x crops such as '10x3' or '1x1' (1 or 3 crops)",
    received: `'${views}'`,
  });
}
