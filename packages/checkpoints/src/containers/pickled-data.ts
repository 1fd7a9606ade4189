/** @file Plain data of a pickle, with numpy arrays that stay in the file: annotations in place of weights. */
import { checkArguments, valueText, WeightError } from '@slowfast/core';
import type { ByteSource, HostTensor, Shape } from '@slowfast/core';
import { numpyView } from './numpy-view.js';
import { PickleInput } from './pickle-input.js';
import { readPickle } from './pickle.js';
import { describe, isDict, isKind, isList, type PickleValue } from './pickle-values.js';
import { readView } from './tensor-view.js';

/** A numpy array of a pickle. */
export interface PickledArray {
  readonly shape: Shape;
  /** Its elements in C order; `source` is the same file, open. */
  read(source: ByteSource): Promise<HostTensor>;
}

/** A value of a pickle and where it is; what is asked of it that it is not throws {@link WeightError}. */
export class PickledData {
  readonly #value: PickleValue;
  readonly #site: string;

  /** @internal Use {@link readPickledData}. */
  constructor(value: PickleValue, site: string) {
    this.#value = value;
    this.#site = site;
  }

  /** Whether it is a list or a tuple. */
  get isList(): boolean {
    return isList(this.#value);
  }

  /** An entry of a dictionary; nothing where it has none. */
  entry(key: string): PickledData | undefined {
    if (!isDict(this.#value)) throw this.#error('a dictionary');
    const value = this.#value.get(key);
    return value === undefined ? undefined : new PickledData(value, `${this.#site}.${key}`);
  }

  /** The names of a dictionary's entries, those that are texts. */
  keys(): readonly string[] {
    if (!isDict(this.#value)) throw this.#error('a dictionary');
    return [...this.#value.keys()].filter((key) => typeof key === 'string');
  }

  /** The values of a list or a tuple. */
  list(): readonly PickledData[] {
    if (!isList(this.#value)) throw this.#error('a list');
    return this.#value.map((value, i) => new PickledData(value, `${this.#site}[${i}]`));
  }

  /** A number. */
  number(): number {
    if (typeof this.#value !== 'number') throw this.#error('a number');
    return this.#value;
  }

  /** A text. */
  text(): string {
    if (typeof this.#value !== 'string') throw this.#error('a text');
    return this.#value;
  }

  /** A numpy array of numbers. */
  array(): PickledArray {
    const value = this.#value;
    if (!isKind(value, 'numpy-array')) throw this.#error('a numpy array');
    const viewIn = (source: ByteSource) => numpyView(this.#site, value, source);
    return {
      shape: viewIn(NOWHERE).shape,
      read: (source) => readView(viewIn(source)),
    };
  }

  #error(expected: string): WeightError {
    const value = this.#value;
    const isPlain = typeof value !== 'object' && typeof value !== 'bigint';
    const received = isPlain ? valueText(value) : describe(value);
    return new WeightError({ site: this.#site, expected, received });
  }
}

/** Shapes are known without the file. */
const NOWHERE: ByteSource = {
  name: 'shape',
  size: 0,
  read: () => Promise.reject(new Error('a shape needs no elements')),
};

/** Reads a pickle of plain data; nothing in it is executed. Rejects with {@link WeightError} as `openCheckpoint` does. */
export async function readPickledData(source: ByteSource): Promise<PickledData> {
  checkArguments('readPickledData', { source: [source, 'source'] });

  return new PickledData(await readPickle(new PickleInput(source)), source.name);
}
