/** @file What servers send in the place of a file of weights. Needs no Node API. */
import { WeightError } from '@slowfast/core';

/** The error for a page or a Git LFS pointer in the place of weights, told by its first bytes and its type; else nothing. */
export function noWeights(
  site: string,
  head: Uint8Array,
  contentType: string | null,
): WeightError | undefined {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 512));
  const isPage =
    /^\s*<(?:!doctype|html|head|\?xml)/i.test(text) || /^text\/html\b/.test(contentType ?? '');
  const isPointer = text.startsWith('version https://git-lfs');
  if (!isPage && !isPointer) return undefined;
  return new WeightError({
    site,
    expected: 'a file of weights',
    received: isPage ? 'a web page' : 'a Git LFS pointer, not the file it stands for',
    remedy: isPage
      ? 'The address leads to a page about the file, or one that asks something first'
      : "Take the address of the file itself, such as the 'download' link of its page",
  });
}
