/**
 * @file The stack machine that a pickle is a program for, without its ability to run anything: the
 * instructions are in `pickle.ts`, the names that may be used in `pickle-globals.ts`.
 */
import { WeightError } from '@slowfast/core';

import { resolveGlobal } from './pickle-globals.js';
import type { PickleInput } from './pickle-input.js';
import { latin1 } from './pickle-input.js';
import type { PickleBytes, PickleText, PickleValue } from './pickle-values.js';
import { describe, isDict, isKind, isList } from './pickle-values.js';

/** Bounds of what one pickle may ask for. */
export const PICKLE_LIMITS = {
  /** Bytes of memory that the values of any pickle may take, ... */
  memory: 32 << 20,
  /** ... and further ones for each byte of the file behind it. */
  memoryPerByte: 32,
  /** Containers open at a time. */
  depth: 1000,
  /** Bytes of a line of the text protocols. */
  line: 1 << 20,
  /** Bytes of an integer. */
  integer: 1024,
  /** Bytes of a text that is kept as a string; longer ones are kept as positions. */
  text: 1 << 16,
  /** Bytes of a byte string that is kept; longer ones are kept as positions. */
  bytes: 256,
} as const;

/** Bytes of memory that values take, about: what an engine needs for them beside their contents. */
const COST = {
  value: 24,
  container: 64,
  dictionary: 240,
  item: 8,
  pair: 64,
  memo: 48,
  object: 128,
} as const;

/** Resolves what a pickle stores outside itself (torch storages). */
export type PersistentLoad = (id: PickleValue) => PickleValue;

/** The state of one pickle being read; every method throws {@link WeightError} for what does not fit. */
export class PickleMachine {
  readonly input: PickleInput;
  readonly #persistentLoad: PersistentLoad | undefined;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #spent = 0;
  readonly #budget: number;

  constructor(input: PickleInput, persistentLoad: PersistentLoad | undefined) {
    this.input = input;
    this.#persistentLoad = persistentLoad;
    this.#budget = PICKLE_LIMITS.memory + PICKLE_LIMITS.memoryPerByte * input.storedBytes;
  }

  error(expected: string, received: string): WeightError {
    return new WeightError({
      site: this.input.source.name,
      expected,
      received: `${received} (byte ${this.input.position} of the pickle)`,
      remedy: 'The file is damaged, hostile or no checkpoint',
    });
  }

  /** Counts the memory that values take, so that a small file cannot ask for much of it. */
  spend(bytes: number): void {
    this.#spent += bytes;
    if (this.#spent > this.#budget) {
      const { storedBytes } = this.input;
      throw this.error(
        `values that take at most ${this.#budget} bytes of memory`,
        `more, from a file of ${storedBytes} bytes`,
      );
    }
  }

  result(): PickleValue {
    if (this.#stack.length !== 1 || this.#marks.length > 0) {
      throw this.error('one value at the end', `${this.#stack.length} on the stack`);
    }
    return this.pop();
  }

  push(value: PickleValue): void {
    this.spend(COST.value);
    this.#stack.push(value);
  }

  /** A list or a tuple: the engine keeps both as arrays. */
  pushList(items: PickleValue[]): void {
    this.spend(COST.container + COST.item * items.length);
    this.push(items);
  }

  pop(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw this.error('a value on the stack', 'an empty stack');
    }
    return this.#stack.pop()!;
  }

  top(): PickleValue {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  mark(): void {
    if (this.#marks.length >= PICKLE_LIMITS.depth) {
      throw this.error(`at most ${PICKLE_LIMITS.depth} nested containers`, 'more');
    }
    this.#marks.push(this.#stack.length);
  }

  popMark(): PickleValue[] {
    const start = this.#marks.pop();
    if (start === undefined) throw this.error('a mark on the stack', 'none');
    return this.#stack.splice(start);
  }

  /** POP also takes away a mark when nothing lies above it. */
  discard(): void {
    if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  remember(index: number): void {
    this.spend(COST.memo);
    this.#memo.set(index, this.top());
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.error('a remembered value', `number ${index}, never set`);
    this.push(value);
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    this.spend(COST.item * items.length);
    if (isList(list)) for (const item of items) (list as PickleValue[]).push(item);
    else this.#needRecord(list, 'a list');
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (items.length % 2 !== 0) throw this.error('keys with values', 'a key without a value');
    this.spend((COST.pair * items.length) / 2);
    if (!isDict(dict)) return this.#needRecord(dict, 'a dictionary');
    for (let i = 0; i < items.length; i += 2) {
      (dict as Map<PickleValue, PickleValue>).set(items[i]!, items[i + 1]!);
    }
  }

  /** Items of a subclass of list or dict are dropped with the rest of the object. */
  #needRecord(value: PickleValue, target: string): void {
    if (!isKind(value, 'opaque')) throw this.error(`${target} to add items to`, describe(value));
  }

  global(module: string, name: string): PickleValue {
    return resolveGlobal(this.input.source.name, module, name);
  }

  stackGlobal(): void {
    const name = this.pop();
    const module = this.pop();
    if (typeof name !== 'string' || typeof module !== 'string') {
      throw this.error('the name of a class', `${describe(module)} and ${describe(name)}`);
    }
    this.push(this.global(module, name));
  }

  call(callable: PickleValue, args: PickleValue): void {
    this.spend(COST.object);
    if (!isList(args)) throw this.error('a tuple of arguments', describe(args));
    if (isKind(callable, 'class')) this.push({ kind: 'opaque', path: callable.path });
    else if (isKind(callable, 'callable')) this.push(this.#construct(callable, args));
    else throw this.error('a class to make an object of', describe(callable));
  }

  #construct(
    callable: { readonly path: string; call(args: readonly PickleValue[]): PickleValue },
    args: readonly PickleValue[],
  ): PickleValue {
    // A dictionary is made of its list of pairs.
    for (const arg of args) if (isList(arg)) this.spend(COST.pair * arg.length);
    try {
      return callable.call(args);
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw this.error(`arguments that ${callable.path} takes`, cause.message);
    }
  }

  /** Sets the state of the value below the top of the stack. */
  build(): void {
    const state = this.pop();
    const value = this.top();
    if (isKind(value, 'numpy-array')) {
      const [, shape, dtype, fortran, data] = isList(state) ? state : [];
      if (!isKind(dtype, 'numpy-dtype') || shape === undefined) {
        throw this.error('the state of a numpy array', describe(state));
      }
      value.shape = shape;
      value.dtype = dtype;
      value.fortran = fortran === true || fortran === 1;
      if (typeof data === 'string' || isKind(data, 'bytes') || isKind(data, 'text'))
        value.data = data;
    } else if (isKind(value, 'numpy-dtype')) {
      const order = isList(state) ? state[1] : undefined;
      if (order === '>') value.littleEndian = false;
    } else if (!isDict(value) && !isKind(value, 'opaque') && !isKind(value, 'torch-tensor')) {
      throw this.error('an object that can have a state', describe(value));
    }
    // Attributes of dictionaries (`_metadata` of a state_dict), tensors and unknown objects are not needed.
  }

  persistent(): void {
    if (!this.#persistentLoad) {
      throw this.error('data within the pickle', 'a reference to data outside of it');
    }
    this.push(this.#persistentLoad(this.pop()));
  }

  integer(bytes: Uint8Array): void {
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).reverse();
    this.spend(bytes.length);
    this.pushInteger(BigInt.asIntN(8 * bytes.length, BigInt(`0x${digits.join('') || '0'}`)));
  }

  pushInteger(value: bigint): void {
    const small = Number(value);
    this.push(Number.isSafeInteger(small) ? small : value);
  }

  /** Text, and what it takes. */
  pushText(text: string): void {
    this.spend(2 * text.length);
    this.push(text);
  }

  length(count: bigint | number): number {
    if (count < 0 || BigInt(count) > BigInt(this.input.source.size)) {
      throw this.input.truncated(Number(count));
    }
    return Number(count);
  }

  async integerOf(length: number): Promise<void> {
    if (length < 0 || length > PICKLE_LIMITS.integer) {
      throw this.error(`integers of at most ${PICKLE_LIMITS.integer} bytes`, `${length} bytes`);
    }
    this.integer(await this.input.take(length));
  }

  async text(count: bigint | number, encoding: PickleText['encoding']): Promise<void> {
    const length = this.length(count);
    const keep = encoding === 'utf8' ? PICKLE_LIMITS.text : PICKLE_LIMITS.bytes;
    if (length > keep) {
      this.spend(COST.object);
      this.push({ kind: 'text', offset: this.input.skip(length), length, encoding });
      return;
    }
    const bytes = await this.input.take(length);
    this.pushText(encoding === 'utf8' ? this.#utf8(bytes) : latin1(bytes));
  }

  #utf8(bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      // Python writes lone surrogates as it likes; they cannot be part of a tensor's name.
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    }
  }

  async bytes(count: bigint | number): Promise<void> {
    const length = this.length(count);
    const offset = this.input.position;
    this.spend(COST.object);
    const place: PickleBytes = { kind: 'bytes', offset, length, encoding: 'raw' };
    if (length > PICKLE_LIMITS.bytes) {
      this.input.skip(length);
      this.push(place);
    } else {
      this.spend(length);
      this.push({ ...place, inline: latin1(await this.input.take(length)) });
    }
  }

  async line(): Promise<string> {
    return this.input.line(PICKLE_LIMITS.line);
  }

  async decimal(): Promise<void> {
    const text = await this.line();
    if (text === '00' || text === '01') return this.push(text === '01');
    if (!/^-?\d{1,400}L?$/.test(text)) throw this.error('a whole number', `'${text.slice(0, 40)}'`);
    this.pushInteger(BigInt(text.replace('L', '')));
  }

  async decimalFloat(): Promise<void> {
    const text = await this.line();
    const value = /^-?inf$/.test(text) ? (text[0] === '-' ? -Infinity : Infinity) : Number(text);
    if (Number.isNaN(value) && text !== 'nan')
      throw this.error('a number', `'${text.slice(0, 40)}'`);
    this.push(value);
  }

  async index(): Promise<number> {
    const text = await this.line();
    if (/^\d{1,10}$/.test(text)) return Number(text);
    throw this.error('the number of a remembered value', `'${text.slice(0, 40)}'`);
  }

  async globalLines(): Promise<PickleValue> {
    const module = await this.line();
    return this.global(module, await this.line());
  }

  dictOf(items: readonly PickleValue[]): void {
    this.spend(COST.dictionary);
    this.push(new Map());
    this.setItems(items);
  }

  tuple(count: number): void {
    const items = [
      this.pop(),
      ...(count > 1 ? [this.pop()] : []),
      ...(count > 2 ? [this.pop()] : []),
    ];
    this.pushList(items.reverse());
  }
}
