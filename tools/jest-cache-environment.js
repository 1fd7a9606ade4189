import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import TestEnvironment from './jest-environment.js';

/**
 * With a cache of the suite's own, empty at its start and deleted at its end, as on a machine of a user: a model that
 * several tests of a suite run is arranged once. Nothing is found that another run left there.
 */
export default class CacheEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.cache = await mkdtemp(join(tmpdir(), 'slowfast-cache-'));
    Object.assign(this.global.process.env, {
      SLOWFAST_CACHE: this.cache,
      SLOWFAST_MODEL_CACHE: '1G',
    });
  }

  async teardown() {
    await rm(this.cache, { recursive: true, force: true });
    await super.teardown();
  }
}
