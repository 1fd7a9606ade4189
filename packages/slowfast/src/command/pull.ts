/** @file `slowfast pull NAME…`: published weights, fetched before they are needed. */
import { SpecError } from '@slowfast/core';
import { defined } from '../defined.js';
import { MOVENET } from '../detect/movenet.js';
import { pullPeopleModel } from '../detect/pull-people-model.js';
import { pullWeights, type PulledWeights, type PullSettings } from '../published/pull.js';
import { weightsReference } from '../published/reference.js';
import type { Request } from './declaration.js';
import { downloadLine } from './download-line.js';
import { EXIT } from './usage-error.js';

interface PullFlags extends Pick<PullSettings, 'offline' | 'frozen' | 'update' | 'keep'> {
  readonly lock?: string;
  readonly json?: boolean;
}

/** Fetches weights, one after the other. */
export async function pull({ args, flags, terminal }: Request<PullFlags>): Promise<number> {
  const { offline, frozen, update, keep, lock: lockFile } = flags;
  // A name that is wrong ends it before anything is fetched.
  const references = await Promise.all(
    args.map((name) => (name === MOVENET ? undefined : reference(name))),
  );
  const how = { signal: terminal.signal, onProgress: downloadLine(terminal) };
  for (const each of references) {
    const pulled = each
      ? await pullWeights(each, { ...defined({ offline, frozen, update, keep, lockFile }), ...how })
      : await pullPeopleModel({ ...defined({ offline, update }), ...how });
    terminal.out(flags.json ? `${JSON.stringify(pulled)}\n` : pulledText(pulled));
  }
  return EXIT.success;
}

async function reference(name: string) {
  const source = await weightsReference(name);
  if (source) return source;
  // A known publisher is not said: the index names the nearest.
  const { publishedCheckpoint } = await import('@slowfast/models');
  await publishedCheckpoint(name);
  throw new SpecError({ site: 'pull', expected: 'a name or an address', received: name });
}

function pulledText({ id, path, sha256, size, verified, isNew }: PulledWeights): string {
  const how = {
    published: 'as published',
    locked: 'as in the lock file',
    'first use': 'trusted on first use',
  }[verified];
  return `${id}: ${isNew ? 'fetched' : 'here already'}, ${size} bytes, SHA-256 ${sha256} (${how})\n  ${path}\n`;
}
