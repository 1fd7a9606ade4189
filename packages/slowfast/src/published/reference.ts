/** @file What a text that stands for weights refers to: a published name, an address, a file of the Hugging Face Hub. */
import { SpecError } from '@slowfast/core';
import { isPublishedName, publishedCheckpoint, type PublishedNetwork } from '@slowfast/models';

/** Weights that are somewhere else. */
export interface WeightsReference {
  /** What they are called in the cache and the lock file: the id of the index, or the address. */
  readonly id: string;
  readonly url: string;
  readonly sha256?: string;
  readonly sha1?: string;
  readonly size?: number;
  /** The network, where the index knows it. */
  readonly network?: PublishedNetwork;
}

const HUB = 'https://huggingface.co';

/**
 * The reference of a text: a name of the index, `https://…`, or `hf:owner/repository[@revision]/file`; nothing for what is
 * a path. Rejects with {@link SpecError} for a name that is not known, or that no network here reads.
 */
export async function weightsReference(text: string): Promise<WeightsReference | undefined> {
  if (/^https?:/i.test(text)) {
    const { href } = new URL(text);
    return { id: href, url: href };
  }
  if (/^hf:/i.test(text)) return { id: text, url: hubUrl(text) };
  if (!(await isPublishedName(text))) return undefined;
  const { id, url, sha256, sha1, size, network, reason } = await publishedCheckpoint(text);
  if (!network) {
    throw new SpecError({
      site: id,
      expected: 'weights that a network here has',
      received: reason!,
      remedy: '`slowfast models --published` lists those that can be read',
    });
  }
  return {
    ...{ id, url, network },
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(sha1 === undefined ? {} : { sha1 }),
    ...(size === undefined ? {} : { size }),
  };
}

/** The Hub's documented form: `/{namespace}/{repository}/resolve/{revision}/{path}`. */
function hubUrl(text: string): string {
  const match = /^hf:([\w.-]+\/[\w.-]+)(?:@([\w.-]+))?\/(.+)$/i.exec(text);
  const [, repository, revision = 'main', file = ''] = match ?? [];
  const parts = file.split('/');
  if (repository !== undefined && !parts.some((part) => part === '' || /^\.\.?$/.test(part))) {
    return `${HUB}/${repository}/resolve/${revision}/${parts.map(encodeURIComponent).join('/')}`;
  }
  throw new SpecError({
    site: 'weights',
    expected: 'hf:owner/repository/file or hf:owner/repository@revision/file',
    received: text,
  });
}

/** Where a download is made from, and with which token. */
export interface Place {
  readonly url: string;
  readonly token?: string;
}

/** The place of an address: at `SLOWFAST_MIRROR` with its path kept, or at its own host, where the Hub gets `HF_TOKEN`. */
export function placeOf(
  url: string,
  env: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {},
): Place {
  const { SLOWFAST_MIRROR: mirror, HF_TOKEN: token } = env;
  if (mirror) {
    if (!URL.canParse(mirror) || !/^https?:$/.test(new URL(mirror).protocol)) {
      throw new SpecError({
        site: 'SLOWFAST_MIRROR',
        expected: 'an address that begins with https://',
        received: mirror,
      });
    }
    const { pathname, search } = new URL(url);
    return { url: `${mirror.replace(/\/+$/, '')}${pathname}${search}` };
  }
  const isHub = new URL(url).origin === HUB;
  return { url, ...(isHub && token ? { token } : {}) };
}
