/** @file Views as text. Loads nothing, since the command's options are read by it. */
import type { ViewNumbers } from './view-numbers.js';

/** The numbers of a text; undefined for one that is none of `ViewText`. */
export function parsedViews(text: string): ViewNumbers | undefined {
  const match = /^([1-9]\d{0,3})x([1-3])$/.exec(text);
  return match ? { clips: Number(match[1]), crops: Number(match[2]) } : undefined;
}
