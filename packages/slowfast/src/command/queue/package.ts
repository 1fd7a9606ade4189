/** @file The queue's package, which not everyone installs: loaded when it is asked for. */
import { SpecError } from '@slowfast/core';
import type { VideoQueue } from '@slowfast/queue';
import { env } from 'node:process';
import { optionalPackage } from '../optional-package.js';

/** What the options of a queue parse to. */
export interface QueueFlags {
  readonly redis?: string;
  readonly queue: string;
}

/** The package; rejects with RuntimeError where it is not installed. */
export const queuePackage = () =>
  optionalPackage('queue', '@slowfast/queue', () => import('@slowfast/queue'));

/** Opens the queue that the flags name. Rejects where the package or the server is not there. */
export async function openFlagged({
  redis = env['SLOWFAST_REDIS'],
  queue,
}: QueueFlags): Promise<VideoQueue> {
  const { openQueue } = await queuePackage();
  if (redis === undefined || redis === '') {
    throw new SpecError({
      site: '--redis',
      expected: 'an address such as redis://host:6379, here or in SLOWFAST_REDIS',
      received: 'none',
    });
  }
  return openQueue({ redis, name: queue });
}
