/** @file How names are best read: under which prefix that wrappers put before them, and as which zoo's. */
import type { TypedWeightStore } from '@slowfast/core';

import { renamedTyped } from '../containers/typed-store.js';
import { SECOND_NAMES, type Zoo } from './zoo-grammars.js';
import { ZOOS, isKnown } from './zoo-names.js';

/** A way to read names. */
export interface Reading {
  /** What stands before the network's own names (`module.`, `state_dict.net.`), or nothing. */
  readonly prefix: string;
  readonly zoo: Zoo;
  /** How many of the names are then a zoo's. */
  readonly known: number;
}

/** Names from which prefixes are told, and how many dots a prefix may have. */
const SAMPLE = 64;
const MAX_DOTS = 4;

/** The reading by which most of the names are a zoo's, with as much of a prefix as possible; none where no name is. */
export function bestReading(names: readonly string[]): Reading | undefined {
  const step = Math.max(1, Math.floor(names.length / SAMPLE));
  const sample = names.filter((_, i) => i % step === 0).slice(0, SAMPLE);
  let best: Reading | undefined;
  for (const prefix of prefixesOf(sample)) {
    for (const zoo of ZOOS) {
      const matches = countKnown(sample, prefix, zoo);
      if (
        matches > 0 &&
        matches >= (best?.known ?? 0) &&
        (matches > (best?.known ?? 0) || prefix !== best?.prefix)
      ) {
        best = { prefix, zoo, known: matches };
      }
    }
  }
  return best && { ...best, known: countKnown(names, best.prefix, best.zoo) };
}

/** Prefixes that at least two of the names share (one, where there is but one), shortest first. */
function prefixesOf(names: readonly string[]): readonly string[] {
  const counts = new Map<string, number>([['', names.length]]);
  for (const name of names) {
    let end = name.indexOf('.');
    for (let dots = 0; end >= 0 && dots < MAX_DOTS; dots++) {
      const prefix = name.slice(0, end + 1);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
      end = name.indexOf('.', end + 1);
    }
  }
  const shared = Math.min(2, names.length);
  return [...counts]
    .filter(([, count]) => count >= shared)
    .map(([prefix]) => prefix)
    .sort((a, b) => a.length - b.length);
}

const countKnown = (names: readonly string[], prefix: string, zoo: Zoo): number =>
  names.reduce(
    (count, name) =>
      count + Number(name.startsWith(prefix) && isKnown(zoo, name.slice(prefix.length))),
    0,
  );

/** The network of a file, and what lies beside it. */
export interface Separated {
  /** The weights under the network's own names. */
  readonly store: TypedWeightStore;
  /** Stored names of tensors that are no part of it. */
  readonly beside: readonly string[];
}

/**
 * Takes the prefix from the network's names and puts tensors aside that belong to something else. A name that no
 * zoo has but that begins as the network's do is kept, so that it is refused: it may change the scores.
 */
export function separated(store: TypedWeightStore): Separated {
  const names = [...store.names];
  const reading = bestReading(names);
  if (!reading) return { store, beside: [] };
  const { prefix, zoo } = reading;
  const rootOf = (name: string): string => name.slice(prefix.length).split('.')[0]!;
  const isOurs = (name: string): boolean =>
    name.startsWith(prefix) && isKnown(zoo, name.slice(prefix.length));
  const roots = new Set(names.filter(isOurs).map(rootOf));
  const belongs = (name: string): boolean =>
    name.startsWith(prefix) && (zoo === 'caffe2' || roots.has(rootOf(name)) || isOurs(name));
  const isSecond = (name: string): boolean => {
    const first = firstName(zoo, name.slice(prefix.length));
    return first !== undefined && store.names.has(prefix + first);
  };
  const seconds = new Set(names.filter(isSecond));
  const beside = names.filter((name) => !belongs(name) && !seconds.has(name));
  if (prefix === '' && beside.length + seconds.size === 0) return { store, beside };
  const own = (name: string): boolean => belongs(name) && !seconds.has(name);
  return {
    store: renamedTyped(store, (name) => (own(name) ? name.slice(prefix.length) : undefined)),
    beside,
  };
}

/** The name that a tensor has first, of one that a zoo's files hold twice. */
export function firstName(zoo: Zoo, name: string): string | undefined {
  for (const [pattern, first] of SECOND_NAMES[zoo] ?? []) {
    if (pattern.test(name)) return name.replace(pattern, first);
  }
  return undefined;
}
