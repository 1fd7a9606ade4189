/** @file What weights that were trained say about their network. */
import { basename } from 'node:path';
import { PREPROCESSING_KEY } from '@slowfast/core';
import { NETWORK_METADATA_KEY, type NetworkDescription } from '@slowfast/checkpoints';
import type { ConfiguredNetwork } from '@slowfast/models';
import type { TrainingConfig } from '@slowfast/training';
import type { Lists } from './lists.js';

/** What a file of weights says about itself, so that it can be used without the configuration. */
export function metadataOf(
  { data, model, name, train: training }: TrainingConfig,
  { preprocessing }: ConfiguredNetwork,
  { classes, labels }: Lists,
): Readonly<Record<string, string>> {
  const description: NetworkDescription & { readonly config: object } = {
    // The file may go far: what folders this machine has is nobody's business.
    config: { name, data: withoutFolders(data), model: withoutFolders(model), train: training },
    classes,
    ...(labels ? { labels } : {}),
  };
  return {
    format: 'pt',
    [NETWORK_METADATA_KEY]: JSON.stringify(description),
    [PREPROCESSING_KEY]: JSON.stringify(preprocessing),
  };
}

const PATHS = ['train', 'test', 'labels', 'prefix', 'weights'];

/** A part of a configuration with the names of its files alone. */
function withoutFolders<T extends object>(part: T): T {
  const entries = Object.entries(part).map(([key, value]) =>
    PATHS.includes(key) && typeof value === 'string' ? [key, basename(value)] : [key, value],
  );
  return Object.fromEntries(entries) as T;
}
